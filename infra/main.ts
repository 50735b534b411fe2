import { App } from 'cdktf';
import { parseInfra } from './config/parse.ts';
import { settings } from './levelset.config.ts';
import { build } from './stacks/build.ts';

const parsed = parseInfra(settings);
if (parsed.ok) {
  const app = new App();
  build(app, parsed.infra);
  app.synth();
} else {
  process.stderr.write(
    `infra/levelset.config.ts cannot be used:\n${parsed.problems.map((line) => `  ${line}\n`).join('')}`,
  );
  process.exitCode = 2;
}

/** The app that `cdktf deploy` runs in tests: the stacks of settings that come as JSON in the environment. */
import { App } from 'cdktf';
import { parseInfra } from '../../infra/config/parse.ts';
import { build } from '../../infra/stacks/build.ts';

const parsed = parseInfra(JSON.parse(process.env.TEST_SETTINGS ?? '{}'));
if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
const app = new App();
build(app, parsed.infra);
app.synth();

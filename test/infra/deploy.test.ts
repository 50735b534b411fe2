import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settingsFor } from '../support/infra-settings.ts';
import { ROOT } from '../support/source-graph.ts';
import { StubProvider } from '../support/terraform/stub-provider.ts';
import {
  command,
  foldersUsed,
  hasTerraform,
  offline,
  Scratch,
  synthesize,
  terraform,
} from '../support/terraform/workspace.ts';

const SLOW = { timeout: 300_000 };
const CDKTF = join(ROOT, 'node_modules/.bin/cdktf');

// Runs where a terraform is on the PATH; where it is not, vitest says that it skips.
describe.skipIf(!hasTerraform)("with the real terraform and a provider that has Google's schema and no cloud", () => {
  test('all stacks are valid, and a mistake in one is found', SLOW, async () => {
    using scratch = new Scratch();
    const stacks = synthesize(settingsFor(2), scratch.path);
    await using provider = new StubProvider(foldersUsed(stacks));
    const env = offline(await provider.listen());
    const folders = Object.keys(stacks).map((name) => join(scratch.path, 'stacks', name));
    for (const folder of folders) {
      await terraform(folder, ['init', '-input=false'], env);
      expect(await terraform(folder, ['validate'], env)).toContain('The configuration is valid');
    }
    const broken = structuredClone(stacks['levelset-global']!) as any;
    broken.resource.google_storage_bucket['hello-bucket'].locaton = 'US';
    delete broken.resource.google_pubsub_topic['hello-hints'].name;
    broken.resource.google_monitoring_slo['hello-objective-queueing'].goal = 'high';
    const global = join(scratch.path, 'stacks/levelset-global');
    writeFileSync(join(global, 'cdk.tf.json'), JSON.stringify(broken));
    const refusal = terraform(global, ['validate', '-json'], env);
    await expect(refusal).rejects.toThrow('No argument or block type is named \\"locaton\\"');
    await expect(refusal).rejects.toThrow('The argument \\"name\\" is required');
    await expect(refusal).rejects.toThrow('a number is required');
  });

  test('cdktf deploys all stacks in order, and a second time changes nothing', SLOW, async () => {
    using scratch = new Scratch();
    const settings = settingsFor(2, join(scratch.path, 'state'));
    const stacks = synthesize(settings, join(scratch.path, 'once'));
    await using provider = new StubProvider(foldersUsed(stacks));
    const env = { ...offline(await provider.listen()), TEST_SETTINGS: JSON.stringify(settings) };
    const app = `node ${join(ROOT, 'test/support/infra-app.ts')}`;
    const deploy = [
      'deploy',
      '*',
      '--auto-approve',
      '--skip-provider-lock',
      '--app',
      app,
      '--output',
      join(scratch.path, 'out'),
    ];

    await command(CDKTF, deploy, { cwd: ROOT, env });
    const created = provider.changes.splice(0);
    expect(created.every(({ action }) => action === 'create')).toBe(true);
    const resources = Object.values(stacks).flatMap(({ resource = {} }) =>
      Object.values(resource).flatMap((each) => Object.keys(each)),
    );
    expect(created.length).toBe(resources.length);
    // The regions read what the global stack made.
    const stackOrder = created.map(({ type }) =>
      type.startsWith('google_cloud_run_v2_service') ? 'region' : 'global',
    );
    expect(stackOrder.indexOf('region')).toBeGreaterThan(
      created.findIndex(({ type }) => type === 'google_storage_bucket'),
    );
    const dispatcher = created.find(({ after }) => after?.name === 'hello-dsp')!.after as any;
    const variables = Object.fromEntries(
      dispatcher.template[0].containers[0].env.map((each: any) => [each.name, each.value]),
    );
    expect(variables).toMatchObject({ LEVELSET_BUCKET: 'my-project-hello-queue', LEVELSET_TOPIC: 'hello-hints' });
    expect(variables.LEVELSET_RECONCILER).toMatch(/^https:\/\/hello-rec-(us-central1|europe-west1)\.a\.run\.app$/);

    const again = await command(CDKTF, deploy, { cwd: ROOT, env });
    expect(provider.changes).toEqual([]);
    expect(again.match(/No changes\./g)?.length).toBe(3);
  });

  test('a region that comes or goes leaves all else as it is, but for the list of regions', SLOW, async () => {
    using scratch = new Scratch();
    const state = join(scratch.path, 'state');
    const folder = join(scratch.path, 'out');
    const three = synthesize(settingsFor(3, state), folder);
    await using provider = new StubProvider(foldersUsed(three));
    const env = offline(await provider.listen());
    const apply = async (names: readonly string[], ...flags: string[]) => {
      for (const name of names) {
        const at = join(folder, 'stacks', name);
        await terraform(at, ['init', '-input=false'], env);
        await terraform(at, ['apply', '-auto-approve', '-input=false', ...flags], env);
      }
      return provider.changes.splice(0);
    };
    const old = ['levelset-global', 'levelset-us-central1', 'levelset-europe-west1'];
    const added = 'levelset-asia-northeast1';
    synthesize(settingsFor(2, state), folder);
    await apply(old);

    synthesize(settingsFor(3, state), folder);
    expectOnlyRegionsToChange(await apply(old));
    const created = await apply([added]);
    const inRegion = Object.values(three[added]!.resource!).flatMap((each) => Object.keys(each)).length;
    expect(created.map(({ action }) => action)).toEqual(Array(inRegion).fill('create'));

    const removed = await apply([added], '-destroy');
    expect(removed.map(({ action }) => action)).toEqual(Array(inRegion).fill('delete'));
    synthesize(settingsFor(2, state), folder);
    expectOnlyRegionsToChange(await apply(old));
  });
});

/** Each dispatcher, receiver and ingress is told of the regions; so is the redrive job. Nothing is made anew. */
function expectOnlyRegionsToChange(changes: StubProvider['changes']): void {
  expect(changes.map(({ type, after }) => (typeof after?.name === 'string' ? after.name : type)).sort()).toEqual([
    ...['hello-dsp', 'hello-dsp', 'hello-ing', 'hello-ing', 'hello-rcv', 'hello-rcv', 'hello-rdv'],
  ]);
  for (const { action, before, after } of changes) {
    expect(action).toBe('update');
    const withoutRegions = (value: unknown) =>
      JSON.stringify(value).replace(/"(?:[a-z]+-[a-z]+\d,)+[a-z]+-[a-z]+\d"/g, '""');
    expect(withoutRegions(after)).toBe(withoutRegions(before));
    expect(after).not.toEqual(before);
  }
}

import { join } from 'node:path';
import { GoogleProvider } from '@cdktf/provider-google/lib/provider/index.js';
import { GcsBackend, LocalBackend, type TerraformStack } from 'cdktf';
import type { Infra } from '../config/schema.ts';

/** What every stack begins with: where its state is kept, and the project it is about. */
export function foundation(stack: TerraformStack, infra: Infra, place: string): void {
  const { state, project, labels } = infra;
  if (state.kind === 'gcs') new GcsBackend(stack, { bucket: state.bucket, prefix: `${state.prefix}/${place}` });
  else new LocalBackend(stack, { path: join(state.folder, `${place}.tfstate`) });
  new GoogleProvider(stack, 'google', { project, defaultLabels: { ...labels } });
}

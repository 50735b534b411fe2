import {
  check,
  conditionStatus,
  type Resource,
  type ResourceOf,
  type SpecOf,
  type ResourceStore,
} from 'levelset/resources';
import type { Rack } from './kinds.ts';
import { RackTemplate } from './kinds.ts';

/** A template as it is now, or why there is none to build by. */
export type FoundTemplate =
  | {
      readonly kind: 'found';
      readonly spec: SpecOf<typeof RackTemplate>;
      readonly uid: string;
      readonly generation: number;
    }
  | { readonly kind: 'absent' | 'invalid'; readonly problem: string };

export async function templateOf(store: ResourceStore, rack: ResourceOf<typeof Rack>): Promise<FoundTemplate> {
  const { templateUID } = rack.spec;
  const template = await store.find(RackTemplate, templateUID);
  if (!template)
    return { kind: 'absent', problem: `failed to load rack template: RackTemplate not found: ${templateUID}` };
  // The API lets nothing pass that is not valid, but whoever may write to the bucket does not go through it.
  const spec = check(RackTemplate.specSchema, template.spec);
  if (!spec.ok)
    return { kind: 'invalid', problem: `rack template ${templateUID} is invalid: ${spec.problems.join('; ')}` };
  const { uid, generation } = template.metadata;
  return { kind: 'found', spec: template.spec, uid, generation };
}

/** What a template is called by those that were built by it. */
export function tagOf({ uid, generation }: { readonly uid: string; readonly generation: number }): string {
  return `${uid}@${generation}`;
}

export function isReady(resource: Resource): boolean {
  return conditionStatus(resource.status.conditions, 'Ready') === 'True';
}

/** Whether all below a chassis or a blade is as this template wants it. */
export function isBuiltBy(tag: string) {
  return (child: Resource<unknown, { readonly observedTemplate?: string | undefined }>) =>
    isReady(child) &&
    child.status.observedTemplate === tag &&
    child.status.observedGeneration === child.metadata.generation;
}

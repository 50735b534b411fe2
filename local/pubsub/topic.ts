import { type Answer, answered, refused } from './answer.ts';
import { isTopicName } from './names.ts';
import type { Subscription } from './subscription.ts';
import type { WireTopic } from './wire.ts';

export interface Topic {
  readonly name: string;
  /** As the caller wrote it. Labels and retention are kept for the caller; retention only matters to Seek. */
  wire: WireTopic;
  readonly subscriptions: Set<Subscription>;
}

const UNSUPPORTED = ['schemaSettings', 'ingestionDataSourceSettings'] as const;

/** What the emulator would not honour is refused rather than ignored. */
export function parseTopic(wire: WireTopic): Answer<WireTopic> {
  if (!isTopicName(wire.name)) return refused('INVALID_ARGUMENT', `topic name is malformed: name=${wire.name}`);
  const foreign = UNSUPPORTED.find((field) => wire[field] !== null);
  if (foreign !== undefined) return refused('UNIMPLEMENTED', `not emulated: field=${foreign}`);
  if (wire.messageTransforms.length > 0) return refused('UNIMPLEMENTED', 'not emulated: field=messageTransforms');
  return answered({ ...wire, state: 'ACTIVE' });
}

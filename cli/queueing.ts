import type { HintPublisher } from '../services/hints/hint-publisher.ts';
import { Receiver } from '../services/receiver/receiver.ts';
import type { Target } from './target.ts';

/** The receiver's own code in this process: the bucket first, then the hint. */
export function receiverFor({ context, publish, settings }: Target): Receiver {
  // Without a topic or regions nobody can be told; a sweep finds the key.
  const hints: HintPublisher = {
    publish: publish && settings.regions.length > 0 ? publish : () => Promise.resolve(),
  };
  return new Receiver({ context, hints, regions: settings.regions });
}

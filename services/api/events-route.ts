import { CloudEvent, HTTP, type Message } from 'cloudevents';
import type { Context } from 'hono';
import type { Journal } from '../../catalogue/events.ts';
import { isRecord } from '../../resources/core/merge-patch.ts';
import { keysOf, type Subscription } from '../../resources/events/subscriptions.ts';
import { readObject } from './bodies.ts';
import { Refusal } from './failure.ts';

export interface EventsRouteOptions {
  readonly subscriptions: readonly Subscription[];
  readonly enqueue: (keys: readonly string[]) => Promise<void>;
  readonly journal: Journal;
}

/**
 * Takes CloudEvents (in a Pub/Sub push, or as they are over HTTP) and queues the keys that subscriptions find in them. 204 also
 * where there are none; 400 for what is no event, so that a dead-letter topic can take it; 5xx is sent again.
 */
export function eventsRoute({ subscriptions, enqueue, journal }: EventsRouteOptions) {
  return async (context: Context): Promise<Response> => {
    const event = await eventIn(context);
    const keys = keysOf(subscriptions, event);
    if (keys.length > 0) await enqueue(keys);
    else journal.write('ingress.ignored', { id: event.id, source: event.source, type: event.type });
    return context.body(null, 204);
  };
}

async function eventIn(context: Context): Promise<CloudEvent<unknown>> {
  const headers = context.req.header();
  const direct =
    headers['ce-specversion'] !== undefined || headers['content-type']?.startsWith('application/cloudevents');
  const message = direct ? { headers, body: await context.req.text() } : pushed(await readObject(context));
  try {
    const event = HTTP.toEvent(message);
    if (Array.isArray(event)) throw new Error('batches are not taken');
    const checked = new CloudEvent(event);
    checked.validate();
    return checked;
  } catch (error) {
    throw new Refusal(400, `not a CloudEvent: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The event in a push of Pub/Sub: its attributes are the headers, its data the body. */
function pushed(push: Record<string, unknown>): Pick<Message, 'headers' | 'body'> {
  const message = push['message'];
  if (!isRecord(message)) throw new Refusal(400, 'neither a CloudEvent nor a push of Pub/Sub');
  const attributes = isRecord(message['attributes']) ? message['attributes'] : {};
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
  const data = typeof message['data'] === 'string' ? message['data'] : '';
  return { headers, body: Buffer.from(data, 'base64').toString('utf8') };
}

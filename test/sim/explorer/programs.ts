import type { Enqueue } from '../../../queue/core/enqueue.ts';
import type { Key } from '../../../queue/core/key.ts';
import { enqueue } from '../../../queue/enqueue.ts';
import { keyState } from '../../../queue/key-state.ts';
import { redrive } from '../../../queue/redrive.ts';
import type { Program } from './execution.ts';

/** A receiver that is asked for one key. */
export function enqueuing(key: string, priority = 0): Program {
  const wish: Enqueue = { key: key as Key, priority, delaySeconds: 0 };
  return async (env) => {
    try {
      await enqueue(env.context, wish);
      env.tell({ kind: 'acknowledged' });
    } catch {
      env.tell({ kind: 'refused' });
    }
  };
}

/** An operator who redrives a dead letter, if there is one. */
export function redriving(key: string): Program {
  return async (env) => {
    const redriven = await redrive(env.context, key as Key);
    env.tell({ kind: redriven ? 'acknowledged' : 'refused' });
  };
}

/** Somebody who asks where a key is. */
export function looking(key: string): Program {
  return async (env) => {
    const state = await keyState(env.context, key as Key);
    env.tell({ kind: 'found', found: state !== undefined });
  };
}

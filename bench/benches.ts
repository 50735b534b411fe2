import type { Bench } from './bench.ts';
import { budgets } from './budgets.ts';
import { coldstart } from './coldstart.ts';
import { cost } from './cost.ts';
import { depth } from './depth.ts';
import { drain } from './drain.ts';
import { enqueueBench } from './enqueue.ts';
import { latency } from './latency.ts';
import { peers } from './peers.ts';
import { soak } from './soak.ts';
import { startup } from './startup.ts';

export const BENCHES: Readonly<Record<string, Bench>> = {
  drain,
  latency,
  depth,
  cost,
  enqueue: enqueueBench,
  soak,
  coldstart,
  startup,
  peers,
  budgets,
};

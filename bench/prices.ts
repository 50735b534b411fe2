import type { RequestCounts } from './requests.ts';

/**
 * List prices in US dollars, as found in Google's pages by whoever wrote docs/performance.md. Before quoting a figure, look again:
 * https://cloud.google.com/storage/pricing, /pubsub/pricing, /run/pricing.
 */
export const PRICES = {
  source: 'a summary of the pricing pages of Cloud Storage, Pub/Sub and Cloud Run; check them before quoting',
  readOn: '2026-11',
  /** Per million. Inserts, rewrites, patches and lists are class A, gets class B; deletes and answers 4xx are free. */
  storage: {
    region: { classA: 5, classB: 0.4 },
    multiRegion: { classA: 10, classB: 0.4 },
  },
  pubsub: { perTebibyte: 40, leastBytes: 1000 },
  run: { perVcpuSecond: 0.000024, perMillionRequests: 0.4 },
} as const;

export type Location = keyof typeof PRICES.storage;

/** Class A and class B in these requests. */
export function billed(counts: RequestCounts): { readonly classA: number; readonly classB: number } {
  return { classA: counts.insert + counts.rewrite + counts.patch + counts.list, classB: counts.get };
}

export function storageDollars(counts: RequestCounts, location: Location): number {
  const { classA, classB } = billed(counts);
  const price = PRICES.storage[location];
  return (classA * price.classA + classB * price.classB) / 1e6;
}

/** Messages of at most `leastBytes`: each is published once and delivered once. */
export function hintDollars(messages: number): number {
  const { perTebibyte, leastBytes } = PRICES.pubsub;
  return (2 * messages * leastBytes * perTebibyte) / 2 ** 40;
}

/** A service that is allowed one vCPU and has it for `seconds`, serving `requests`. */
export function runDollars(seconds: number, requests: number): number {
  return seconds * PRICES.run.perVcpuSecond + (requests * PRICES.run.perMillionRequests) / 1e6;
}

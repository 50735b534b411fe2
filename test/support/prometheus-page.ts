import parse from 'parse-prometheus-text-format';

/** One number of a page of metrics. */
export interface Sample {
  readonly name: string;
  /** Of a histogram's samples: `untyped`. */
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads Prometheus' text format with a parser that is not ours. It merges all series of a histogram into one, so that it is shown those
 * as what they are on the page: samples named `_count`, `_sum` and `_bucket`.
 */
export function parsePage(text: string): readonly Sample[] {
  const known = new Set(parse(text).map(({ name }) => name));
  const flat = parse(text.replace(/^# TYPE \S+ histogram\n/gm, ''));
  if (known.size === 0) throw new Error(`a page of nothing: ${text.slice(0, 200)}`);
  return flat.flatMap(({ name, type, metrics }) =>
    metrics.map(({ labels = {}, value }) => ({ name, type: type.toLowerCase(), labels, value: Number(value) })),
  );
}

/** A dashboard as we mean it: what Cloud Monitoring is given, and the page to look at, are made of this. */
export interface Dashboard {
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

/** Panels side by side, in several lines where there are many. Rows collapse. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export type Panel =
  | { readonly kind: 'text'; readonly title: string; readonly markdown: string }
  /** One number, red or yellow beyond its thresholds. */
  | {
      readonly kind: 'number';
      readonly title: string;
      readonly query: string;
      readonly unit: Unit;
      readonly thresholds?: readonly Threshold[];
    }
  | {
      readonly kind: 'chart';
      readonly title: string;
      readonly lines: readonly Line[];
      readonly unit: Unit;
      readonly stacked?: boolean;
      /** Drawn across the chart. */
      readonly limits?: readonly Limit[];
    }
  /** Entries of Cloud Logging that match a filter. */
  | { readonly kind: 'logs'; readonly title: string; readonly filter: string }
  /** States of alert policies, by their Terraform names. */
  | { readonly kind: 'alerts'; readonly title: string; readonly policies: readonly string[] };

/** As Cloud Monitoring writes units. */
export type Unit = 's' | '1' | '1/s' | '%' | 'By';

export interface Line {
  /** Absent = a line for each value of the labels that the query groups by, named after it. */
  readonly legend?: string;
  readonly query: string;
}

export interface Threshold {
  readonly above: number;
  readonly colour: 'YELLOW' | 'RED';
}

export interface Limit {
  readonly label: string;
  readonly value: number;
}

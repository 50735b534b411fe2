import { type Cell, type Column, renderCell, spread, type Table } from './table.ts';

/** A demand, and what was measured: one figure for each run. */
export interface Budget {
  readonly what: string;
  /** Digits behind the point. */
  readonly digits?: number;
  readonly unit?: string;
  /** `undefined`: shown for information, nothing is demanded. */
  readonly demand?: { readonly least: number } | { readonly most: number };
  readonly measured: readonly number[];
  /** Of the other side in the same run. */
  readonly other?: readonly number[];
}

/** `met`: by every run. `met by the median`: not by every one. */
export type BudgetState = 'met' | 'met by the median' | 'NOT met' | 'not measured' | '';

export function stateOf({ demand, measured }: Budget): BudgetState {
  if (!demand) return '';
  if (measured.length === 0 || measured.some((value) => !Number.isFinite(value))) return 'not measured';
  const holds = (value: number) => ('least' in demand ? value >= demand.least : value <= demand.most);
  if (measured.every(holds)) return 'met';
  return holds(spread(measured).median) ? 'met by the median' : 'NOT met';
}

const COLUMNS: readonly Column[] = [
  { name: 'what' },
  { name: 'budget' },
  { name: 'measured' },
  { name: 'A, same run' },
  { name: 'state' },
];

/** All budgets as one table; figures are median (least–most). */
export function budgetTable(title: string, budgets: readonly Budget[], notes: readonly string[]): Table {
  const rows = budgets.map((budget): Cell[] => {
    const { what, digits = 0, unit = '', demand, measured, other } = budget;
    const figure = (values: readonly number[]) => renderCell(spread(values), digits) + unit;
    const bound = (value: number) => renderCell(value, Number.isInteger(value) ? 0 : 2) + unit;
    return [
      what,
      demand && ('least' in demand ? `≥ ${bound(demand.least)}` : `≤ ${bound(demand.most)}`),
      measured.length > 0 ? figure(measured) : '-',
      other && figure(other),
      stateOf(budget),
    ];
  });
  return { title, columns: COLUMNS, rows, notes };
}

/** Chance and identity. */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
  /** A string no one else will draw: at least 64 bits, `[a-z0-9-]`. */
  id(): string;
}

import type { Entry } from './entry.ts';

/** What it takes to make a target path equal to its source path. */
export type Plan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'make-folder'; readonly mode: number }
  | { readonly kind: 'make-link'; readonly to: Buffer }
  | { readonly kind: 'set-mode'; readonly mode: number }
  /** Two files of one size: only their bytes can tell. Then as {@link planFile}. */
  | { readonly kind: 'compare' }
  | { readonly kind: 'copy'; readonly mode: number };

/**
 * Decides from what lies at both ends. Whatever cannot be copied (sockets, pipes, devices) counts as absent.
 *
 * Times are not compared: a file may change twice within the grain of its clock, and a mirror that trusts times is wrong for ever after.
 */
export function plan(source: Entry, target: Entry): Plan {
  switch (source.kind) {
    case 'absent':
    case 'special':
      return target.kind === 'absent' ? { kind: 'nothing' } : { kind: 'remove' };
    case 'folder':
      if (target.kind !== 'folder') return { kind: 'make-folder', mode: source.mode };
      return target.mode === source.mode ? { kind: 'nothing' } : { kind: 'set-mode', mode: source.mode };
    case 'link':
      if (target.kind === 'link' && target.to.equals(source.to)) return { kind: 'nothing' };
      return { kind: 'make-link', to: source.to };
    case 'file':
      if (target.kind === 'file' && target.size === source.size) return { kind: 'compare' };
      return { kind: 'copy', mode: source.mode };
    default:
      return source satisfies never;
  }
}

/** The rest of the decision for two files, once their bytes were compared. */
export function planFile(sourceMode: number, targetMode: number, sameBytes: boolean): Plan {
  if (!sameBytes) return { kind: 'copy', mode: sourceMode };
  return sourceMode === targetMode ? { kind: 'nothing' } : { kind: 'set-mode', mode: sourceMode };
}

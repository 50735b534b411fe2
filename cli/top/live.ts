import { sleep } from '../../queue/ports/clock.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Screen } from '../host.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_REST = '\u001b[J';

/** Draws frames on a screen of their own until `q` is pressed or `signal` aborts; whatever happens, the screen is given back. */
export async function live(
  screen: Screen,
  clock: Clock,
  everyMs: number,
  signal: AbortSignal,
  frame: (size: { columns: number; rows: number }) => Promise<readonly string[]>,
): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const offKeys = screen.onKey((key) => {
    if (key === 'q' || key === '\u0003' || key === '\u001b') end();
  });
  screen.write(ENTER);
  try {
    while (!stop.signal.aborted) {
      const beganMs = clock.monotonic();
      const lines = await Promise.race([frame(screen.size()), aborted(stop.signal)]);
      if (stop.signal.aborted || lines === undefined) break;
      screen.write(HOME + lines.map((line) => line + CLEAR_LINE).join('\r\n') + CLEAR_REST);
      // A look that takes long is not followed by the next one at once: the bucket is paid by the request.
      const tookMs = clock.monotonic() - beganMs;
      await sleep(clock, Math.max(everyMs - tookMs, tookMs), stop.signal);
    }
  } finally {
    screen.write(LEAVE);
    offKeys();
    signal.removeEventListener('abort', end);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}

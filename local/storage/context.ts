import type { UploadSessions } from './sessions.ts';
import type { StorageState } from './state.ts';

/** What every handler works on. */
export interface EmulatorContext {
  readonly state: StorageState;
  readonly sessions: UploadSessions;
}

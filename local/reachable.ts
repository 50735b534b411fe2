import { connect } from 'node:net';

/** Something on this machine or near it answers at once or not at all. */
const WITHIN_MS = 3_000;

/** Whether a server accepts connections at `host:port`. */
export function isReachable(hostPort: string): Promise<boolean> {
  const [, host = '', port = ''] = /^(?:\w+:\/\/)?(.+):(\d+)$/.exec(hostPort) ?? [];
  if (host === '' || Number(port) > 65_535) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: WITHIN_MS });
    const answer = (reachable: boolean) => () => {
      socket.destroy();
      resolve(reachable);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
}

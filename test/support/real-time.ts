/** Real time, for handlers in processes of their own that take a while. Never for waiting until something is so: `eventually`. */
export { setTimeout as wait } from 'node:timers/promises';

import type { Clock } from '../../queue/ports/clock.ts';
import { Bucket, type Change } from '../../queue/stores/bucket.ts';
import { Generations } from '../../queue/stores/generations.ts';
import { Journal } from './journal.ts';
import type { NotificationConfig } from './notification-config.ts';
import {
  type BucketProperties,
  changeRecord,
  isStateRecord,
  keptObject,
  objectRecord,
  type StateRecord,
} from './records.ts';

export interface HeldBucket {
  readonly properties: BucketProperties;
  readonly objects: Bucket;
  readonly notifications: Map<string, NotificationConfig>;
}

export interface StateOptions {
  readonly clock: Clock;
  readonly rateLimit?: boolean;
  /** Where the state is kept between lives. Absent: nowhere. */
  readonly folder?: string;
  readonly compactAfterBytes?: number;
  readonly onChange?: (bucket: HeldBucket, change: Change) => void;
}

/** All buckets of the emulator. Every change is in the journal before it is made. */
export class StorageState {
  readonly #options: StateOptions;
  readonly #generations: Generations;
  readonly #buckets = new Map<string, HeldBucket>();
  readonly #journal: Journal | undefined;
  #lastNotification = 0;

  constructor(options: StateOptions) {
    this.#options = options;
    this.#generations = new Generations(options.clock);
    const { folder, compactAfterBytes } = options;
    this.#journal =
      folder === undefined
        ? undefined
        : new Journal({
            folder,
            replay: (record) => {
              if (!isStateRecord(record)) return false;
              this.#apply(record);
              return true;
            },
            snapshot: () => this.#records(),
            ...(compactAfterBytes !== undefined && { compactAfterBytes }),
          });
  }

  bucket(name: string): HeldBucket | undefined {
    return this.#buckets.get(name);
  }

  /** All buckets, sorted by name. */
  buckets(): HeldBucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.properties.name < b.properties.name ? -1 : 1));
  }

  createBucket(name: string, settings: Readonly<Record<string, unknown>>): BucketProperties {
    const nowMs = this.#options.clock.now();
    const bucket: BucketProperties = { name, settings, metageneration: 1, createdMs: nowMs, updatedMs: nowMs };
    this.#record({ t: 'bucket', bucket });
    return bucket;
  }

  changeBucket(old: BucketProperties, settings: Readonly<Record<string, unknown>>): BucketProperties {
    const updatedMs = this.#options.clock.now();
    const bucket = { ...old, settings, metageneration: old.metageneration + 1, updatedMs };
    this.#record({ t: 'bucket', bucket });
    return bucket;
  }

  /** The caller has made sure that it is empty. */
  deleteBucket(name: string): void {
    this.#record({ t: 'bucket-deleted', name });
  }

  nextNotificationId(): string {
    return String(this.#lastNotification + 1);
  }

  addNotification(bucket: string, config: NotificationConfig): void {
    this.#record({ t: 'notification', bucket, config });
  }

  deleteNotification(bucket: string, id: string): void {
    this.#record({ t: 'notification-deleted', bucket, id });
  }

  close(): void {
    this.#journal?.close();
  }

  #record(record: StateRecord): void {
    this.#journal?.append([record]);
    this.#apply(record);
  }

  #apply(record: StateRecord): void {
    switch (record.t) {
      case 'counters':
        this.#generations.skip(record.generation);
        this.#lastNotification = Math.max(this.#lastNotification, record.notification);
        return;
      case 'bucket':
        this.#hold(record.bucket);
        return;
      case 'bucket-deleted':
        this.#buckets.delete(record.name);
        return;
      case 'object':
        this.#buckets.get(record.bucket)?.objects.restore(keptObject(record.object));
        return;
      case 'object-deleted':
        this.#buckets.get(record.bucket)?.objects.forget(record.name);
        return;
      case 'notification':
        this.#lastNotification = Math.max(this.#lastNotification, Number(record.config.id));
        this.#buckets.get(record.bucket)?.notifications.set(record.config.id, record.config);
        return;
      case 'notification-deleted':
        this.#buckets.get(record.bucket)?.notifications.delete(record.id);
        return;
      default:
        record satisfies never;
    }
  }

  #hold(properties: BucketProperties): void {
    const { name } = properties;
    const held = this.#buckets.get(name);
    const objects = held?.objects ?? this.#emptyBucket(name);
    this.#buckets.set(name, {
      properties,
      objects,
      notifications: held?.notifications ?? new Map<string, NotificationConfig>(),
    });
  }

  #emptyBucket(name: string): Bucket {
    const objects = new Bucket({
      clock: this.#options.clock,
      generations: this.#generations,
      rateLimit: this.#options.rateLimit ?? false,
      writeAhead: (changes) => this.#journal?.append(changes.map((change) => changeRecord(name, change))),
    });
    objects.subscribe((change) => {
      const held = this.#buckets.get(name);
      if (held) this.#options.onChange?.(held, change);
    });
    return objects;
  }

  *#records(): Generator<StateRecord, void, undefined> {
    yield { t: 'counters', generation: this.#generations.last, notification: this.#lastNotification };
    for (const { properties, objects, notifications } of this.#buckets.values()) {
      yield { t: 'bucket', bucket: properties };
      for (const config of notifications.values()) yield { t: 'notification', bucket: properties.name, config };
      for (const object of objects.objects()) yield objectRecord(properties.name, object);
    }
  }
}

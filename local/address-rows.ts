import type { Address } from './screen.ts';
import { API, dispatcherName, grpcAddress, httpAddress, NAMES, pubsubHost, type StackSettings } from './stack.ts';

/** The table of what listens where, and what for. */
export function addressRows(settings: StackSettings, ports: Readonly<Record<string, number>>): readonly Address[] {
  const { regions, concurrency, work } = settings;
  return [
    ...(work.kinds === undefined
      ? []
      : [{ service: API, address: httpAddress(ports, API), note: 'curl; /docs in a browser' }]),
    { service: 'receiver', address: `grpc://${grpcAddress(ports, 'receiver')}`, note: 'levelset add KEY' },
    { service: 'metrics', address: `${httpAddress(ports, 'receiver-metrics')}/metrics`, note: 'of the receiver' },
    { service: 'metrics', address: `${httpAddress(ports, 'reconciler-metrics')}/metrics`, note: 'of the reconciler' },
    { service: 'ingress', address: httpAddress(ports, 'ingress'), note: 'CloudEvents and pushes of Pub/Sub; /metrics' },
    ...regions.map((region) => {
      const service = dispatcherName(region, regions);
      return {
        service,
        address: httpAddress(ports, service),
        note: `limit ${concurrency}${regions.length > 1 ? ' over all regions' : ''}; /metrics`,
      };
    }),
    { service: 'reconciler', address: `grpc://${grpcAddress(ports, 'reconciler')}`, note: work.reconciler },
    { service: 'bucket', address: httpAddress(ports, 'bucket'), note: `gs://${NAMES.bucket}  STORAGE_EMULATOR_HOST` },
    {
      service: 'pubsub',
      address: pubsubHost(settings, ports),
      note: `PUBSUB_EMULATOR_HOST${settings.externalPubsub === undefined ? '' : ' (runs elsewhere)'}`,
    },
    { service: 'inspector', address: httpAddress(ports, 'inspector'), note: 'open in a browser' },
  ];
}

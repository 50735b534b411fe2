import {
  CloudRunV2Service,
  type CloudRunV2ServiceTemplateContainers,
  type CloudRunV2ServiceTemplateContainersStartupProbe,
} from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import type { Construct } from 'constructs';
import type { Region } from '../config/schema.ts';

/** Cloud Run's longest: the dispatcher holds pushes open, and runs may take an hour. */
const TIMEOUT = '3600s';
const PORT = 8080;

const INGRESS = {
  internal: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
  'internal-and-load-balancing': 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER',
  all: 'INGRESS_TRAFFIC_ALL',
} as const;

export interface ServiceOrder {
  readonly name: string;
  readonly region: Region;
  /** E-mail of the identity that it runs as. */
  readonly identity: string;
  readonly ingress: keyof typeof INGRESS;
  /** gRPC needs HTTP/2 end to end; such a service takes no HTTP/1. */
  readonly protocol: 'h2c' | 'http1';
  readonly main: Container;
  readonly beside?: readonly CloudRunV2ServiceTemplateContainers[];
  readonly billing: 'request' | 'instance';
  readonly requestsPerInstance: number;
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly audiences?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The container that takes the requests. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly Variable[];
  readonly cpu: number;
  readonly memory: string;
  readonly port?: number;
  readonly probe: 'grpc' | 'http' | 'tcp' | 'none';
}

export function cloudRunService(scope: Construct, id: string, order: ServiceOrder): CloudRunV2Service {
  const { main, region, beside = [] } = order;
  const port = main.port ?? PORT;
  const startupProbe = startupProbeOf(main.probe, port);
  return new CloudRunV2Service(scope, id, {
    name: order.name,
    location: region.name,
    ingress: INGRESS[order.ingress],
    // It holds nothing: what must not be lost is in the bucket.
    deletionProtection: false,
    labels: { ...order.labels },
    ...(order.audiences?.length ? { customAudiences: [...order.audiences] } : {}),
    template: {
      serviceAccount: order.identity,
      timeout: TIMEOUT,
      maxInstanceRequestConcurrency: order.requestsPerInstance,
      scaling: { minInstanceCount: order.minInstances, maxInstanceCount: order.maxInstances },
      vpcAccess: {
        // Everything: an internal service is only reached from the network, also at its run.app address.
        egress: 'ALL_TRAFFIC',
        networkInterfaces: [{ network: region.network, subnetwork: region.subnet }],
      },
      containers: [
        {
          name: main.name,
          image: main.image,
          ...(main.args.length > 0 ? { args: [...main.args] } : {}),
          ...(main.env.length > 0 ? { env: [...main.env] } : {}),
          ports: { containerPort: port, name: order.protocol },
          resources: {
            limits: { cpu: String(main.cpu), memory: main.memory },
            cpuIdle: order.billing === 'request',
            startupCpuBoost: true,
          },
          ...(startupProbe && { startupProbe }),
        },
        ...beside,
      ],
    },
  });
}

/** A variable of a service or a job. */
export type Variable =
  | { readonly name: string; readonly value: string }
  | {
      readonly name: string;
      readonly valueSource: { readonly secretKeyRef: { readonly secret: string; readonly version: string } };
    };

/** Environment as Cloud Run takes it: plain variables, then secrets, each in the order of the config. */
export function variables(
  env: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, { readonly secret: string; readonly version: string }>> = {},
): Variable[] {
  return [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...Object.entries(secrets).map(([name, { secret, version }]) => ({
      name,
      valueSource: { secretKeyRef: { secret, version } },
    })),
  ];
}

function startupProbeOf(
  probe: Container['probe'],
  port: number,
): CloudRunV2ServiceTemplateContainersStartupProbe | undefined {
  const patience = { periodSeconds: 1, failureThreshold: 60, timeoutSeconds: 1 };
  switch (probe) {
    case 'grpc':
      return { ...patience, grpc: { port } };
    case 'http':
      return { ...patience, httpGet: { path: '/health', port } };
    case 'tcp':
      return { ...patience, tcpSocket: { port } };
    case 'none':
      return undefined;
    default:
      return probe satisfies never;
  }
}

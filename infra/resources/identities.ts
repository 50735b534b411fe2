import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member/index.js';
import { SecretManagerSecretIamMember } from '@cdktf/provider-google/lib/secret-manager-secret-iam-member/index.js';
import { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member/index.js';
import type { Construct } from 'constructs';
import { type Part, partName } from '../config/names.ts';
import type { Infra, Queue } from '../config/schema.ts';

/** E-mails of the identities of one queue. */
export type Identities = Readonly<Record<Exclude<Part, 'ingress' | 'api'>, string>> & {
  readonly ingress?: string;
  readonly api?: string;
};

const PURPOSE: Readonly<Record<Part, string>> = {
  receiver: 'takes enqueues',
  ingress: 'takes events',
  dispatcher: 'leases keys and calls the reconciler',
  reconciler: 'brings keys to their desired state',
  redrive: 'queues dead letters again',
  api: 'serves resources over HTTP',
  push: 'who Pub/Sub is when it pushes',
};

/** An identity for each part of a queue; the reconciler's may be one that exists. */
export function identities(scope: Construct, infra: Infra, queue: Queue): Identities {
  const create = (part: Part) =>
    new ServiceAccount(scope, `${queue.name}-${part}-identity`, {
      accountId: partName(queue.name, part),
      displayName: `${queue.name}: ${PURPOSE[part]}`,
    }).email;
  const made = {
    receiver: create('receiver'),
    ...(queue.ingress ? { ingress: create('ingress') } : {}),
    dispatcher: create('dispatcher'),
    reconciler: queue.reconciler.serviceAccount ?? create('reconciler'),
    ...(queue.resources?.api ? { api: create('api') } : {}),
    redrive: create('redrive'),
    push: create('push'),
  };
  if (infra.telemetry.enabled) {
    const writers = { receiver: made.receiver, ingress: made.ingress, dispatcher: made.dispatcher, api: made.api };
    for (const [part, email] of Object.entries(writers))
      if (email) mayWriteTelemetry(scope, infra, `${queue.name}-${part}`, email);
  }
  return made;
}

/** Their collectors write with the identity of the service. */
function mayWriteTelemetry(scope: Construct, infra: Infra, id: string, email: string): void {
  const { project } = infra;
  const member = memberOf(email);
  new ProjectIamMember(scope, `${id}-metrics`, { project, role: 'roles/monitoring.metricWriter', member });
  new ProjectIamMember(scope, `${id}-traces`, { project, role: 'roles/cloudtrace.agent', member });
}

/** Pub/Sub may be the push identity, and no other. */
export function mayMintTokens(scope: Construct, infra: Infra, queue: Queue, push: string, pubsubAgent: string): void {
  new ServiceAccountIamMember(scope, `${queue.name}-push-tokens`, {
    serviceAccountId: `projects/${infra.project}/serviceAccounts/${push}`,
    role: 'roles/iam.serviceAccountTokenCreator',
    member: pubsubAgent,
  });
}

/** A part may read the secrets that its config names. */
export function mayReadSecrets(scope: Construct, queue: Queue, ids: Identities): void {
  const { secrets, sidecars } = queue.reconciler;
  grantSecrets(scope, `${queue.name}-secret`, ids.reconciler, [secrets, ...sidecars.map((each) => each.secrets)]);
  if (ids.api !== undefined) {
    grantSecrets(scope, `${queue.name}-api-secret`, ids.api, [queue.resources?.api?.secrets ?? {}]);
  }
}

function grantSecrets(
  scope: Construct,
  id: string,
  email: string,
  all: readonly Queue['reconciler']['secrets'][],
): void {
  const names = all.flatMap((each) => Object.values(each)).map(({ secret }) => secret);
  for (const secretId of new Set(names)) {
    new SecretManagerSecretIamMember(scope, `${id}-${secretId}`, {
      secretId,
      role: 'roles/secretmanager.secretAccessor',
      member: memberOf(email),
    });
  }
}

export function memberOf(email: string): string {
  return `serviceAccount:${email}`;
}

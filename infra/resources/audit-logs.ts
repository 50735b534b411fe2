import { ProjectIamAuditConfig } from '@cdktf/provider-google/lib/project-iam-audit-config/index.js';
import type { Construct } from 'constructs';
import type { Infra } from '../config/schema.ts';
import { type Identities, memberOf } from './identities.ts';

/**
 * Has Cloud Storage log who writes to buckets of the project, where the config asks for it. The queues' own identities are left
 * out: they write with each key, and what they did is in their logs.
 */
export function auditLogs(scope: Construct, infra: Infra, ours: readonly Identities[]): void {
  if (!infra.auditLogs) return;
  const exemptedMembers = [...new Set(ours.flatMap((ids) => Object.values(ids)))].map(memberOf);
  new ProjectIamAuditConfig(scope, 'audit-logs', {
    project: infra.project,
    service: 'storage.googleapis.com',
    auditLogConfig: [{ logType: 'DATA_WRITE', exemptedMembers }],
  });
}

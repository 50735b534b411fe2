import { ProjectIamCustomRole } from '@cdktf/provider-google/lib/project-iam-custom-role/index.js';
import type { Construct } from 'constructs';
import type { Infra } from '../config/schema.ts';

/** What one may do with a bucket and its objects. Google's own roles give more: whoever may write with them may also delete. */
const ROLES = {
  /** Reads the settings of the bucket, as `levelset doctor` does. */
  inspect: { title: 'look at the settings of queues', permissions: ['storage.buckets.get'] },
  /** Looks and lists: one alone is of no use, see the bindings. */
  read: { title: 'list and look at keys', permissions: ['storage.objects.get', 'storage.objects.list'] },
  /** Makes objects and changes their metadata; removes and replaces nothing. */
  add: { title: 'add and change keys', permissions: ['storage.objects.create', 'storage.objects.update'] },
  write: {
    title: 'add, change and remove keys',
    permissions: ['storage.objects.create', 'storage.objects.delete', 'storage.objects.update'],
  },
} as const;

export type ObjectRole = keyof typeof ROLES;

/** Names of the roles, for bindings. */
export type ObjectRoles = Readonly<Record<ObjectRole, string>>;

/** The project's custom roles, shared by all queues. */
export function objectRoles(scope: Construct, infra: Infra): ObjectRoles {
  const prefix = infra.name.replaceAll('-', '_');
  const names = Object.entries(ROLES).map(([name, { title, permissions }]) => {
    const role = new ProjectIamCustomRole(scope, `role-${name}`, {
      roleId: `${prefix}_${name}`,
      title: `${infra.name}: ${title}`,
      permissions: [...permissions],
    });
    return [name, role.name];
  });
  return Object.fromEntries(names) as Record<ObjectRole, string>;
}

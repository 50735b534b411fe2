import { z } from 'zod';
import { CLOUD_REGIONS } from './cloud-regions.ts';

/** Kinds of values in the config. Messages complete a sentence that begins with the name of the setting. */

export const text = z.string('must be a string').min(1, 'must not be empty');

export const wholeNumber = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`;
  return z.number(rule).int(rule).min(least, rule).max(most, rule);
};

/** Above 0 and below 1. */
export const ratio = z.number('must be a number').gt(0, 'must be above 0').lt(1, 'must be below 1');

export const flag = z.boolean('must be true or false');

/** Multi-regions and predefined dual-regions of Cloud Storage (https://cloud.google.com/storage/docs/locations, 2026-11). */
const WIDE_LOCATIONS = ['US', 'EU', 'ASIA', 'NAM4', 'EUR4', 'EUR5', 'EUR7', 'EUR8', 'ASIA1'];

export const bucketLocation = z
  .string('must be a location of Cloud Storage')
  .refine(
    (name) => WIDE_LOCATIONS.includes(name.toUpperCase()) || CLOUD_REGIONS.includes(name.toLowerCase()),
    `must be a region, or ${WIDE_LOCATIONS.join(', ')}`,
  );

export const regionName = z
  .string('must be the name of a region')
  .refine((name) => CLOUD_REGIONS.includes(name), 'must be a region that has Cloud Run, such as us-central1');

/** A container image with a tag or a digest: without one, nobody knows what is deployed. */
export const image = z
  .string('must be a container image')
  .regex(
    /^[a-z0-9][\w.-]*(:\d+)?(\/[\w.-]+)+(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/,
    'must be a container image with a registry and a tag or a digest, such as us-docker.pkg.dev/project/repository/levelset:1',
  );

/** Who may do something, in the notation of IAM. Everyone is nobody in particular: it is refused. */
export const member = z
  .string('must be a member')
  .regex(
    /^(user|group|serviceAccount|domain|principal|principalSet):\S+$/,
    'must be a member of IAM such as group:team@example.com or serviceAccount:name@project.iam.gserviceaccount.com; allUsers and allAuthenticatedUsers are not possible',
  );

export const members = z.array(member, 'must be a list of members').default([]);

export const serviceAccountEmail = z
  .string('must be the e-mail of a service account')
  .regex(/^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/, 'must be the e-mail of a service account');

/** Google Cloud's rule for labels. */
export const labels = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'must have keys of [a-z0-9_-] that begin with a letter'),
    z.string('must be a string').regex(/^[a-z0-9_-]{0,63}$/, 'must be a value of [a-z0-9_-], at most 63'),
    'must be a map of labels',
  )
  .default({});

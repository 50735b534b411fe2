import { z } from 'zod';

/** Kinds of values that environment variables hold, for the config schemas of services. Messages name the rule, never the value. */

export const text = z.string();

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`);

/** 0 = any free one, which `service.listening` then names. */
export const port = wholeNumber(0, 65_535);

/** Regions are names of objects, of message attributes and of services. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

export const name = z.string().regex(NAME, 'must be a name of [a-z0-9-], such as us-central1');

/** `a,b,c`: in order, none twice. */
export const names = z
  .string()
  .transform((list) => list.split(',').map((each) => each.trim()))
  .refine((list) => list.every((each) => NAME.test(each)), 'must be names of [a-z0-9-], separated by commas')
  .refine((list) => new Set(list).size === list.length, 'names something twice');

/** Where to bind: everything on Cloud Run, whose network is its own; this machine only elsewhere, unless told. */
export function bindHost(asked: string | undefined, cloudRun: string | undefined): string {
  return asked ?? (cloudRun === undefined ? '127.0.0.1' : '0.0.0.0');
}

// Original file: proto/raw.proto

import type { Keyed as _levelset_raw_Keyed, Keyed__Output as _levelset_raw_Keyed__Output } from '../../levelset/raw/Keyed.ts';

export interface Keys {
  'queueKeys'?: (_levelset_raw_Keyed)[];
}

export interface Keys__Output {
  'queueKeys': (_levelset_raw_Keyed__Output)[];
}

import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Keyed as _levelset_raw_Keyed, Keyed__Output as _levelset_raw_Keyed__Output } from './levelset/raw/Keyed.ts';
import type { Keys as _levelset_raw_Keys, Keys__Output as _levelset_raw_Keys__Output } from './levelset/raw/Keys.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  levelset: {
    raw: {
      Keyed: MessageTypeDefinition<_levelset_raw_Keyed, _levelset_raw_Keyed__Output>
      Keys: MessageTypeDefinition<_levelset_raw_Keys, _levelset_raw_Keys__Output>
    }
  }
}


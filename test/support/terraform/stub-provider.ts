import { join } from 'node:path';
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { decode, encode, UNKNOWN, type Value } from './msgpack.ts';
import { type BlockSchema, providerBlock, schemaOf } from './provider-schema.ts';

type Fields = Record<string, Value>;
interface Wire {
  readonly msgpack?: Buffer;
}

/** One change that was applied, in the order in which it was. */
export interface Change {
  readonly action: 'create' | 'update' | 'delete';
  readonly type: string;
  readonly before?: Fields;
  readonly after?: Fields;
}

const ADDRESS = 'registry.terraform.io/hashicorp/google';
export const PROJECT_NUMBER = '123456789012';

/**
 * A provider for the real terraform that has Google's schema and no cloud: what is applied is remembered, and what Google would
 * compute is made up. It serves Terraform's plugin protocol without TLS, to whom `TF_REATTACH_PROVIDERS` tells of it.
 */
export class StubProvider implements AsyncDisposable {
  readonly changes: Change[] = [];
  readonly #server = new Server({ 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 });
  readonly #resources: Readonly<Record<string, BlockSchema>>;
  readonly #dataSources: Readonly<Record<string, BlockSchema>>;

  /** @param folders of the bindings: `storage-bucket`, `data-google-project`, ... */
  constructor(folders: readonly string[]) {
    const blocks = (names: readonly string[]) =>
      Object.fromEntries(names.map(schemaOf).map(({ type, schema }) => [type, schema.block]));
    this.#resources = blocks(folders.filter((name) => !name.startsWith('data-')));
    this.#dataSources = blocks(folders.filter((name) => name.startsWith('data-')));
    const proto = loadSync(join(import.meta.dirname, 'tfplugin6.proto'), {
      keepCase: true,
      enums: String,
      defaults: true,
    });
    const loaded = loadPackageDefinition(proto) as unknown as {
      tfplugin6: { Provider: { service: ServiceDefinition } };
    };
    this.#server.addService(loaded.tfplugin6.Provider.service, this.#handlers());
  }

  /** Serves; resolves to the value of `TF_REATTACH_PROVIDERS`. */
  async listen(): Promise<string> {
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    const at = { Network: 'tcp', String: `127.0.0.1:${port}` };
    return JSON.stringify({
      [ADDRESS]: { Protocol: 'grpc', ProtocolVersion: 6, Pid: process.pid, Test: true, Addr: at },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
  }

  #handlers() {
    const schemas = (blocks: Readonly<Record<string, BlockSchema>>) =>
      Object.fromEntries(Object.entries(blocks).map(([type, block]) => [type, { version: 0, block }]));
    return {
      GetProviderSchema: answer(() => ({
        provider: { version: 0, block: providerBlock() },
        resource_schemas: schemas(this.#resources),
        data_source_schemas: schemas(this.#dataSources),
      })),
      ValidateProviderConfig: answer(() => ({})),
      ValidateResourceConfig: answer(() => ({})),
      ValidateDataResourceConfig: answer(() => ({})),
      ConfigureProvider: answer(() => ({})),
      StopProvider: answer(() => ({})),
      UpgradeResourceState: answer(({ raw_state }: { raw_state: { json: Buffer } }) => ({
        upgraded_state: wire(JSON.parse(raw_state.json.toString()) as Fields),
      })),
      ReadResource: answer(({ current_state }: { current_state: Wire }) => ({ new_state: current_state })),
      ReadDataSource: answer(({ type_name, config }: { type_name: string; config: Wire }) => {
        const asked = fields(config)!;
        return {
          state: wire(complete(type_name, this.#dataSources[type_name]!, { ...asked, number: PROJECT_NUMBER })),
        };
      }),
      PlanResourceChange: answer((request: { type_name: string; prior_state: Wire; proposed_new_state: Wire }) => {
        const [prior, proposed] = [fields(request.prior_state), fields(request.proposed_new_state)];
        const planned = proposed && !prior ? withUnknowns(this.#resources[request.type_name]!, proposed) : proposed;
        return { planned_state: wire(planned), legacy_type_system: true };
      }),
      ApplyResourceChange: answer((request: { type_name: string; prior_state: Wire; planned_state: Wire }) => {
        const { type_name: type } = request;
        const [before, planned] = [fields(request.prior_state), fields(request.planned_state)];
        const after = planned && complete(type, this.#resources[type]!, planned);
        const action = before ? (after ? 'update' : 'delete') : 'create';
        this.changes.push({ action, type, ...(before && { before }), ...(after && { after }) });
        return { new_state: wire(after), legacy_type_system: true };
      }),
    };
  }
}

function answer<Request>(respond: (request: Request) => object) {
  return (call: ServerUnaryCall<Request, object>, done: sendUnaryData<object>) => {
    try {
      done(null, respond(call.request));
    } catch (error) {
      done(error as Error);
    }
  };
}

function fields({ msgpack }: Wire): Fields | undefined {
  return (decode(msgpack!) ?? undefined) as Fields | undefined;
}

function wire(value: Fields | undefined): Wire {
  return { msgpack: encode(value ?? null) };
}

/** A plan of something new: what Google will compute is not known yet. */
function withUnknowns({ attributes }: BlockSchema, value: Fields): Fields {
  const unknown = attributes.filter(({ computed, name }) => computed && value[name] === null);
  return { ...value, ...Object.fromEntries(unknown.map(({ name }) => [name, UNKNOWN])) };
}

/** What was created: with the values that Google computes, made up so that one can tell what they are. */
function complete(type: string, { attributes }: BlockSchema, value: Fields): Fields {
  const missing = attributes.filter(({ computed, name }) => computed && (value[name] ?? UNKNOWN) === UNKNOWN);
  return {
    ...value,
    ...Object.fromEntries(missing.map(({ name, type: json }) => [name, madeUp(type, name, value, json)])),
  };
}

function madeUp(type: string, name: string, value: Fields, json: Buffer): Value {
  const names = [value.name, value.account_id, value.role_id, value.display_name];
  const called = names.find((each) => typeof each === 'string') ?? 'x';
  if (name === 'uri') return `https://${called}-${value.location as string}.a.run.app`;
  if (name === 'email') return `${called}@my-project.iam.gserviceaccount.com`;
  const kind = JSON.parse(json.toString()) as string | [string];
  switch (typeof kind === 'string' ? kind : kind[0]) {
    case 'string':
      return `${type}/${called}/${name}`;
    case 'number':
      return 0;
    case 'bool':
      return false;
    case 'map':
      return {};
    default:
      return [];
  }
}

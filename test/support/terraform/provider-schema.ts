import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';

/** A type as Terraform writes it: `"string"`, `["list", "string"]`, `["object", {...}]`. */
type Type = string | readonly [string, Type | Readonly<Record<string, Type>>];

interface AttributeSchema {
  readonly name: string;
  /** JSON of a {@link Type}. */
  readonly type: Buffer;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
}

export interface BlockSchema {
  readonly attributes: readonly AttributeSchema[];
  readonly block_types: readonly {
    readonly type_name: string;
    readonly nesting: 'SINGLE' | 'LIST' | 'SET';
    readonly min_items: number;
    readonly block: BlockSchema;
  }[];
}

export interface TypeSchema {
  /** `google_storage_bucket`. */
  readonly type: string;
  readonly schema: { readonly version: 0; readonly block: BlockSchema };
}

const SIMPLE: Readonly<Record<string, Type>> = {
  string: 'string',
  number: 'number',
  boolean: 'bool',
  any: 'dynamic',
  stringList: ['list', 'string'],
  numberList: ['list', 'number'],
  booleanList: ['list', 'bool'],
  stringMap: ['map', 'string'],
  numberMap: ['map', 'number'],
  booleanMap: ['map', 'bool'],
  anyMap: ['map', 'string'],
};

const GETTERS: Readonly<Record<string, Type>> = {
  String: 'string',
  Number: 'number',
  Boolean: 'bool',
  List: ['list', 'string'],
  StringMap: ['map', 'string'],
  NumberMap: ['map', 'number'],
  BooleanMap: ['map', 'bool'],
  AnyMap: ['map', 'string'],
};

/** What may be left out and is then filled in by Google. */
const FILLED_IN = new Set(['id', 'project', 'unique_writer_identity']);

const LIBRARY = join(dirname(createRequire(import.meta.url).resolve('@cdktf/provider-google/package.json')), 'lib');

/**
 * The schema of a resource or data source of Google's provider, recovered from its CDKTF bindings (generated from that very
 * schema): names, types and nesting from the tables in the JavaScript, what is required from the declarations, what Google
 * computes from the getters that have no setting.
 *
 * @param folder of the bindings, such as `storage-bucket` or `data-google-project`
 */
export function schemaOf(folder: string): TypeSchema {
  const bindings = new Bindings(folder);
  return { type: bindings.type, schema: { version: 0, block: bindings.block() } };
}

/** Settings of the provider itself. */
export function providerBlock(): BlockSchema {
  return new Bindings('provider').block();
}

interface Setting {
  readonly name: string;
  readonly isBlock: boolean;
  readonly kind: string;
  readonly storage: string;
}

class Bindings {
  readonly type: string;
  readonly #main: string;
  readonly #settings: readonly Setting[];
  /** Settings of nested blocks, by the name of their struct. */
  readonly #structs = new Map<string, readonly Setting[]>();
  readonly #required = new Map<string, ReadonlySet<string>>();
  readonly #getters = new Map<string, { readonly plain: Map<string, Type>; readonly nested: Map<string, string> }>();

  constructor(folder: string) {
    const js = readFileSync(join(LIBRARY, folder, 'index.js'), 'utf8');
    const types = readFileSync(join(LIBRARY, folder, 'index.d.ts'), 'utf8');
    this.type = /tfResourceType = "(\w+)"/.exec(js)![1]!;
    this.#main = /class (\w+) extends cdktf\.Terraform(?:Resource|DataSource|Provider)/.exec(js)![1]!;
    this.#settings = settingsIn(js.slice(js.indexOf('synthesizeHclAttributes()')));
    for (const [, name, body] of js.matchAll(/function (\w+)ToHclTerraform\(struct\) \{([\s\S]*?)\n\}/g)) {
      this.#structs.set(name![0]!.toUpperCase() + name!.slice(1), settingsIn(body!));
    }
    for (const [, name, body] of types.matchAll(/export interface (\w+)[^{]*\{([\s\S]*?)\n\}/g)) {
      const required = [...body!.matchAll(/readonly (\w+)(\??):/g)].filter(([, , optional]) => optional === '');
      this.#required.set(name!, new Set(required.map(([, setting]) => snake(setting!))));
    }
    for (const [, name, body] of js.matchAll(/class (\w+) extends cdktf\.\w+ \{([\s\S]*?)\n\}/g)) {
      const plain = body!.matchAll(
        /this\.get(String|Number|Boolean|List|StringMap|NumberMap|BooleanMap|AnyMap)Attribute\('(\w+)'\)/g,
      );
      const nested = body!.matchAll(/new (\w+?)(?:List|Map|OutputReference)\(this, "(\w+)"/g);
      this.#getters.set(name!, {
        plain: new Map([...plain].map(([, type, attribute]) => [attribute!, GETTERS[type!]!])),
        nested: new Map([...nested].map(([, struct, attribute]) => [attribute!, struct!])),
      });
    }
  }

  block(): BlockSchema {
    return this.#block(this.#settings, this.#main, `${this.#main}Config`);
  }

  #block(settings: readonly Setting[], classOf: string, struct: string): BlockSchema {
    const required = this.#required.get(struct) ?? new Set();
    const attributes: AttributeSchema[] = [];
    const blocks: BlockSchema['block_types'][number][] = [];
    const seen = new Set<string>();
    for (const { name, isBlock, kind, storage } of settings) {
      seen.add(name);
      const nested = storage.replace(/(List|Map)$/, '');
      if (isBlock && !(storage in SIMPLE)) {
        blocks.push({
          type_name: name,
          nesting: name === 'timeouts' ? 'SINGLE' : kind === 'set' ? 'SET' : 'LIST',
          min_items: required.has(name) ? 1 : 0,
          block: this.#block(this.#structs.get(nested)!, `${nested}OutputReference`, nested),
        });
        continue;
      }
      const type = SIMPLE[storage] ?? (['list', this.#object(nested)] as const);
      const asSet: Type = kind === 'set' && Array.isArray(type) ? ['set', type[1]] : type;
      attributes.push(
        attribute(name, asSet, required.has(name) ? 'required' : FILLED_IN.has(name) ? 'filled in' : 'optional'),
      );
    }
    const { plain, nested } = this.#getters.get(classOf) ?? {
      plain: new Map<string, Type>(),
      nested: new Map<string, string>(),
    };
    for (const [name, type] of plain) if (!seen.has(name)) attributes.push(attribute(name, type, 'computed'));
    for (const [name, inner] of nested) {
      if (!seen.has(name)) attributes.push(attribute(name, ['list', this.#object(inner)], 'computed'));
    }
    return { attributes, block_types: blocks };
  }

  #object(struct: string): Type {
    const { plain, nested } = this.#getters.get(`${struct}OutputReference`) ?? { plain: new Map(), nested: new Map() };
    const fields: [string, Type][] = [...plain];
    for (const [name, inner] of nested) fields.push([name, ['list', this.#object(inner as string)]]);
    return ['object', Object.fromEntries(fields)];
  }
}

function attribute(name: string, type: Type, how: 'required' | 'optional' | 'filled in' | 'computed'): AttributeSchema {
  return {
    name,
    type: Buffer.from(JSON.stringify(type)),
    required: how === 'required',
    optional: how === 'optional' || how === 'filled in',
    computed: how === 'computed' || how === 'filled in',
  };
}

function settingsIn(body: string): Setting[] {
  const table =
    /^ {8,12}(\w+): \{\s+value: [\s\S]*?isBlock: (true|false),\s+type: "(\w+)",\s+storageClassType: "(\w+)"/gm;
  return [...body.matchAll(table)].map(([, name, isBlock, kind, storage]) => ({
    name: name!,
    isBlock: isBlock === 'true',
    kind: kind!,
    storage: storage!,
  }));
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

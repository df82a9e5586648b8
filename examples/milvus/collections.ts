import milvusProto from '@zilliz/milvus2-sdk-node/dist/milvus/proto-json/milvus.base.js';
import schemaProto from '@zilliz/milvus2-sdk-node/dist/milvus/proto-json/schema.base.js';
import protobuf from 'protobufjs';

type Fields = Record<string, unknown>;

interface Collection {
  readonly schema: Fields;
  /** Id and vector of each row. */
  readonly rows: Map<string, Float32Array>;
}

const CollectionSchema = lookup(schemaProto, 'milvus.proto.schema.CollectionSchema');
const PlaceholderGroup = lookup(milvusProto, 'milvus.proto.common.PlaceholderGroup');
const SUCCESS = { error_code: 'Success', code: 0, reason: '' };

/** Collections in memory: rows with an id and one vector, searched by comparing them all. */
export class Collections {
  readonly #collections = new Map<string, Collection>();

  /** Undefined when it went well, else the status that says why not. */
  create({ collection_name: name, schema }: Fields): Fields | undefined {
    if (this.#collections.has(String(name))) return failure(`collection already exists: ${name}`);
    const decoded = CollectionSchema.toObject(CollectionSchema.decode(schema as Uint8Array), {
      enums: String,
    });
    this.#collections.set(String(name), { schema: snakeCase(decoded), rows: new Map() });
    return undefined;
  }

  drop({ collection_name: name }: Fields): Fields | undefined {
    return this.#collections.delete(String(name)) ? undefined : notFound(name);
  }

  list(): Fields {
    return { collection_names: [...this.#collections.keys()] };
  }

  describe({ collection_name: name }: Fields): Fields {
    const collection = this.#collections.get(String(name));
    if (collection === undefined) return { status: notFound(name) };
    return { status: SUCCESS, schema: collection.schema, collection_name: name };
  }

  insert({ collection_name: name, fields_data: data }: Fields): Fields {
    const collection = this.#collections.get(String(name));
    if (collection === undefined) return { status: notFound(name) };
    const fields = data as {
      scalars?: { long_data?: { data: string[] } };
      vectors?: { dim: string; float_vector: { data: number[] } };
    }[];
    const ids = fields.find((field) => field.scalars?.long_data)?.scalars?.long_data?.data ?? [];
    const vectors = fields.find((field) => field.vectors?.float_vector)?.vectors;
    const dim = Number(vectors?.dim);
    ids.forEach((id, i) => {
      collection.rows.set(
        String(id),
        Float32Array.from(vectors?.float_vector.data.slice(i * dim, (i + 1) * dim) ?? []),
      );
    });
    return { status: SUCCESS, insert_cnt: String(ids.length), IDs: { int_id: { data: ids } } };
  }

  search({ collection_name: name, placeholder_group: group, search_params: params }: Fields): Fields {
    const collection = this.#collections.get(String(name));
    if (collection === undefined) return { status: notFound(name) };
    const limit = Number(
      (params as { key: string; value: string }[]).find(({ key }) => key === 'topk')?.value ?? 10,
    );
    const wanted = vectorOf(group as Uint8Array);
    const best = [...collection.rows]
      .map(([id, vector]) => ({ id, score: distance(vector, wanted) }))
      .sort((a, b) => a.score - b.score)
      .slice(0, limit);
    const results = {
      num_queries: '1',
      top_k: String(limit),
      topks: [String(best.length)],
      primary_field_name: 'id',
      scores: best.map(({ score }) => score),
      ids: { int_id: { data: best.map(({ id }) => id) } },
      output_fields: ['id'],
      fields_data: [
        { type: 'Int64', field_name: 'id', scalars: { long_data: { data: best.map(({ id }) => id) } } },
      ],
    };
    return { status: SUCCESS, results, collection_name: name };
  }
}

function lookup(json: unknown, type: string): protobuf.Type {
  // A CommonJS module has its default export in `default`, or is it, depending on who loads it.
  const root = (json as { default?: protobuf.INamespace }).default ?? (json as protobuf.INamespace);
  return protobuf.Root.fromJSON(root).lookupType(type);
}

function vectorOf(group: Uint8Array): Float32Array {
  const { placeholders } = PlaceholderGroup.toObject(PlaceholderGroup.decode(group)) as {
    placeholders: { values: Buffer[] }[];
  };
  const bytes = placeholders[0]?.values[0] ?? Buffer.alloc(0);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
}

function notFound(name: unknown): Fields {
  return failure(`collection not found[collection=${name}]`, 100);
}

function failure(reason: string, code = 65_535): Fields {
  return { error_code: 'UnexpectedError', reason, code };
}

/** The service's own definitions name fields as the .proto files do. */
function snakeCase(value: unknown): never {
  if (Array.isArray(value)) return value.map(snakeCase) as never;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value as never;
  const entries = Object.entries(value).map(([name, inner]) => [
    name === 'autoID' || name === 'fieldID'
      ? name
      : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    snakeCase(inner),
  ]);
  return Object.fromEntries(entries) as never;
}

import { createHash } from 'node:crypto';
import type { Bucket } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningStorage, runStorage } from '../../support/storage-emulator.ts';

let running: RunningStorage;
let bucket: Bucket;
let buckets = 0;

beforeAll(async () => {
  running = await runStorage();
});
afterAll(() => running[Symbol.asyncDispose]());

async function fresh(): Promise<Bucket> {
  [bucket] = await running.storage.createBucket(`bucket-${buckets++}`);
  return bucket;
}

describe('an upload by the official client', () => {
  const big = Buffer.alloc(700_000, 'levelset');

  test.each([
    ['multipart', { resumable: false }],
    ['resumable', { resumable: true }],
    ['resumable in chunks', { resumable: true, chunkSize: 256 * 1024 }],
  ])('in one go or in parts (%s) comes back whole and validated', async (_name, how) => {
    const file = (await fresh()).file('dir/ä b.bin');
    const metadata = { contentType: 'text/x-test', cacheControl: 'no-store', metadata: { n: '1' } };
    await file.save(big, { ...how, validation: 'crc32c', metadata });
    const [data] = await file.download({ validation: 'crc32c' });
    expect(data.equals(big)).toBe(true);
    const [found] = await file.getMetadata();
    expect(found).toMatchObject({ ...metadata, size: '700000', metageneration: '1', kind: 'storage#object' });
    expect(found.md5Hash).toBe(createHash('md5').update(big).digest('base64'));
  });

  test('is validated by MD5 as well', async () => {
    const file = (await fresh()).file('a');
    await file.save('hello', { resumable: false, validation: 'md5' });
    expect((await file.download({ validation: 'md5' }))[0].toString()).toBe('hello');
    // RFC 3720 and the MD5 of RFC 1321 agree on these.
    expect(file.metadata).toMatchObject({ crc32c: 'mnG7TA==', md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==' });
  });

  test.each([true, false])('is refused where an object is that should not be (resumable: %s)', async (resumable) => {
    const file = (await fresh()).file('a');
    const save = (text: string) => file.save(text, { resumable, preconditionOpts: { ifGenerationMatch: 0 } });
    await save('1');
    await expect(save('2')).rejects.toMatchObject({ code: 412 });
    expect((await file.download())[0].toString()).toBe('1');
  });
});

describe('the official client', () => {
  test('downloads a range', async () => {
    const file = (await fresh()).file('a');
    await file.save('0123456789', { resumable: false });
    expect((await file.download({ start: 3, end: 5, validation: false }))[0].toString()).toBe('345');
  });

  test('asks whether something exists', async () => {
    const b = await fresh();
    expect([await b.exists(), await b.file('a').exists()]).toEqual([[true], [false]]);
    await b.file('a').save('', { resumable: false });
    expect(await b.file('a').exists()).toEqual([true]);
    expect(await running.storage.bucket('no-such-bucket').exists()).toEqual([false]);
  });

  test('lists folders', async () => {
    const b = await fresh();
    await Promise.all(
      ['a', 'dir/', 'dir/1', 'dir/2', 'dir/sub/1', 'z'].map((n) => b.file(n).save('', { resumable: false })),
    );
    const [files, , answer] = await b.getFiles({ delimiter: '/', autoPaginate: false });
    expect(files.map(({ name }) => name)).toEqual(['a', 'z']);
    expect(answer).toMatchObject({ prefixes: ['dir/'] });
    const [inside] = await b.getFiles({ prefix: 'dir/', delimiter: '/', includeTrailingDelimiter: true });
    expect(inside.map(({ name }) => name)).toEqual(['dir/', 'dir/1', 'dir/2']);
    const [all] = await b.getFiles({ maxResults: 2, prefix: 'dir/' });
    expect(all.map(({ name }) => name)).toEqual(['dir/', 'dir/1']);
    const [paged] = await b.getFiles({ autoPaginate: true });
    expect(paged).toHaveLength(6);
  });

  test('copies with the metadata of the source, or with its own', async () => {
    const b = await fresh();
    const other = await fresh();
    await b.file('a').save('data', { resumable: false, metadata: { contentType: 'x/y', metadata: { n: '1' } } });
    const [same] = await b.file('a').copy(other.file('b'));
    expect((await same.getMetadata())[0]).toMatchObject({
      bucket: other.name,
      contentType: 'x/y',
      metadata: { n: '1' },
    });
    expect((await same.download())[0].toString()).toBe('data');
    const [changed] = await b.file('a').copy(b.file('c'), { metadata: { m: '2' }, contentType: 'z/z' });
    expect((await changed.getMetadata())[0]).toMatchObject({ contentType: 'z/z', metadata: { m: '2' } });
    expect((await changed.getMetadata())[0].metadata).not.toHaveProperty('n');
  });

  test('moves, in one step and in two', async () => {
    const b = await fresh();
    await b.file('a').save('data', { resumable: false });
    await b.file('a').moveFileAtomic('b', { preconditionOpts: { ifGenerationMatch: 0 } });
    expect([await b.file('a').exists(), await b.file('b').exists()]).toEqual([[false], [true]]);
    await b.file('b').move('c');
    expect([await b.file('b').exists(), await b.file('c').exists()]).toEqual([[false], [true]]);
    await b.file('d').save('', { resumable: false });
    await expect(b.file('c').moveFileAtomic('d', { preconditionOpts: { ifGenerationMatch: 0 } })).rejects.toMatchObject(
      { code: 412 },
    );
  });

  test('changes metadata and removes it with null', async () => {
    const file = (await fresh()).file('a');
    await file.save('', { resumable: false, metadata: { cacheControl: 'no-store', metadata: { n: '1', m: '1' } } });
    await file.setMetadata({ metadata: { n: null, k: '2' }, cacheControl: null } as never, {
      ifMetagenerationMatch: 1,
    });
    const [found] = await file.getMetadata();
    expect(found).toMatchObject({ metageneration: '2', metadata: { m: '1', k: '2' } });
    expect(found).not.toHaveProperty('cacheControl');
    expect(found.metadata).not.toHaveProperty('n');
    await expect(file.setMetadata({}, { ifMetagenerationMatch: 1 })).rejects.toMatchObject({ code: 412 });
  });

  test('reads one generation only while it lives', async () => {
    const b = await fresh();
    await b.file('a').save('1', { resumable: false });
    const [{ generation }] = await b.file('a').getMetadata();
    const pinned = b.file('a', { generation: generation ?? 0 });
    expect((await pinned.download())[0].toString()).toBe('1');
    await b.file('a').save('2', { resumable: false });
    await expect(pinned.download()).rejects.toMatchObject({ code: 404 });
    await expect(pinned.getMetadata()).rejects.toMatchObject({ code: 404 });
  });

  test('is told apart a missing object and a missing bucket', async () => {
    const b = await fresh();
    const object = { code: 404, message: expect.stringContaining(`No such object: ${b.name}/a b`) };
    await expect(b.file('a b').getMetadata()).rejects.toMatchObject(object);
    await expect(b.file('a b').delete()).rejects.toMatchObject(object);
    await expect(b.file('a b').copy(b.file('c'))).rejects.toMatchObject(object);
    const missing = { code: 404, message: expect.stringContaining('The specified bucket does not exist.') };
    const none = running.storage.bucket('no-such-bucket');
    await expect(none.file('a').getMetadata()).rejects.toMatchObject(missing);
    await expect(none.file('a').save('', { resumable: false })).rejects.toMatchObject(missing);
    await expect(none.getFiles()).rejects.toMatchObject(missing);
    await expect(b.file('a').copy(none.file('a'))).rejects.toMatchObject({ code: 404 });
  });

  test('makes, lists and deletes buckets', async () => {
    const b = await fresh();
    const names = (await running.storage.getBuckets())[0].map(({ name }) => name);
    expect(names).toContain(b.name);
    expect(names).toEqual(names.toSorted());
    await expect(running.storage.createBucket(b.name)).rejects.toMatchObject({ code: 409 });
    await expect(running.storage.createBucket('No Good')).rejects.toMatchObject({ code: 400 });
    await b.file('a').save('', { resumable: false });
    await expect(b.delete()).rejects.toMatchObject({ code: 409 });
    await b.deleteFiles();
    await b.delete();
    expect(await b.exists()).toEqual([false]);
  });

  test('labels a bucket', async () => {
    const b = await fresh();
    await b.setMetadata({ labels: { team: 'x' } });
    expect((await b.getMetadata())[0]).toMatchObject({ labels: { team: 'x' }, metageneration: '2', name: b.name });
  });
});

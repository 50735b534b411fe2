import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { bodyOf, OBJECTS, UPLOAD, useRawStorage } from '../../support/raw-storage.ts';

const storage = useRawStorage();
const { send, put, get } = storage;

describe('a download', () => {
  test('carries the checksums and numbers of the object', async () => {
    const { generation } = await bodyOf(await put('a', 'hello', { 'content-type': 'text/x' }));
    await send('PATCH', `${OBJECTS}/a`, '{"cacheControl":"no-store","contentDisposition":"inline"}');
    for (const path of [`${OBJECTS}/a?alt=media`, `/download${OBJECTS}/a`, `/b/bkt/o/a?alt=media`]) {
      const response = await get(path);
      expect(await response.text()).toBe('hello');
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/x',
        'x-goog-hash': 'crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==',
        'x-goog-generation': generation,
        'x-goog-metageneration': '2',
        'cache-control': 'no-store',
        'content-disposition': 'inline',
      });
    }
  });

  test.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=3-', 206, '3456789', 'bytes 3-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
    ['bytes=5-3', 200, '0123456789', null],
    ['bytes=0-1,3-4', 200, '0123456789', null],
    ['chapters=1', 200, '0123456789', null],
  ])('of the range %s is answered %i', async (range, status, text, contentRange) => {
    await put('a', '0123456789');
    const response = await get(`${OBJECTS}/a?alt=media`, { range });
    expect([response.status, await response.text()]).toEqual([status, text]);
    expect(response.headers.get('content-range')).toBe(contentRange);
  });
});

describe('fields', () => {
  const ask = async (path: string, fields: string) => {
    const response = await get(`${path}${path.includes('?') ? '&' : '?'}fields=${encodeURIComponent(fields)}`);
    return response.status === 200 ? bodyOf(response) : response.status;
  };

  test('select what they name, through lists and maps', async () => {
    await put('a');
    await put('b');
    await send('PATCH', `${OBJECTS}/a`, '{"metadata":{"n":"1","m":"2"}}');
    expect(await ask(`${OBJECTS}/a`, 'name,size')).toEqual({ name: 'a', size: '5' });
    expect(await ask(`${OBJECTS}/a`, 'metadata/n')).toEqual({ metadata: { n: '1' } });
    expect(await ask(`${OBJECTS}/a`, 'metadata(n,m),name')).toEqual({ name: 'a', metadata: { n: '1', m: '2' } });
    expect(await ask(`${OBJECTS}/b`, 'metadata')).toEqual({});
    expect(await ask(OBJECTS, 'items(name),nextPageToken')).toEqual({ items: [{ name: 'a' }, { name: 'b' }] });
    expect(await ask(OBJECTS, 'items/name')).toEqual({ items: [{ name: 'a' }, { name: 'b' }] });
    expect(await ask(OBJECTS, 'items/metadata/n,kind')).toEqual({
      kind: 'storage#objects',
      items: [{ metadata: { n: '1' } }, {}],
    });
    expect(await ask(OBJECTS, '*/name')).toEqual({ items: [{ name: 'a' }, { name: 'b' }] });
    expect(await ask(`${OBJECTS}?maxResults=1`, 'nextPageToken')).toEqual({ nextPageToken: expect.any(String) });
    expect(await ask(OBJECTS, 'items(name),items(size)')).toMatchObject({ items: [{ name: 'a', size: '5' }, {}] });
  });

  test('are refused where they make no sense or name nothing that there is', async () => {
    await put('a');
    for (const wrong of ['items(name', 'name)', 'name,', ',name', 'name//size', '()', 'nmae', 'items']) {
      expect(await ask(`${OBJECTS}/a`, wrong), wrong).toBe(400);
    }
    for (const wrong of ['name', 'items(nmae)', 'items/nmae']) expect(await ask(OBJECTS, wrong), wrong).toBe(400);
  });

  test('that are wrong keep a write from happening', async () => {
    expect((await send('POST', `${UPLOAD}?uploadType=media&name=a&fields=nmae`, 'x')).status).toBe(400);
    expect((await get(`${OBJECTS}/a`)).status).toBe(404);
  });
});

describe('a read on conditions', () => {
  test('is not modified, or not met', async () => {
    const { generation } = await bodyOf(await put('a'));
    const status = async (query: string) => (await get(`${OBJECTS}/a?${query}`)).status;
    expect(await status(`ifGenerationNotMatch=${generation}`)).toBe(304);
    expect(await status('ifMetagenerationNotMatch=1')).toBe(304);
    expect(await status('ifGenerationMatch=1')).toBe(412);
    expect(await status('ifMetagenerationMatch=2')).toBe(412);
    expect(await status(`ifGenerationMatch=000${generation}`)).toBe(412 - 212);
    expect(await status('generation=1')).toBe(404);
    expect(await status('generation=one')).toBe(400);
  });
});

describe('a request', () => {
  test.each([
    ['GET', '/', 404],
    ['GET', '/storage/v2/b', 404],
    ['GET', '/storage/v1/bkt', 404],
    ['GET', `${OBJECTS}/a/b`, 404],
    ['GET', `${OBJECTS}/%FF`, 400],
    ['POST', OBJECTS, 405],
    ['GET', `${OBJECTS}/a/rewriteTo/b/bkt/o/c`, 405],
    ['POST', `${OBJECTS}/a/rewriteTo/b/bkt/o/`, 404],
    ['DELETE', '/storage/v1/b', 405],
    ['GET', `${OBJECTS}?maxResults=-1`, 400],
    ['GET', `${OBJECTS}?pageToken=nonsense`, 400],
    ['GET', `${OBJECTS}?matchGlob=**`, 501],
    ['GET', '/resumable/storage/v1/b', 404],
    ['GET', '/storage/v1/b/bkt/storageLayout', 200],
    ['GET', '/b/bkt/o', 200],
    ['GET', '/storage/v1/b?project=p', 200],
    ['GET', `${OBJECTS}?versions=true&projection=full&maxResults=0`, 200],
  ])('%s %s is answered %i', async (method, path, status) => {
    expect((await send(method, path)).status).toBe(status);
  });

  test.each(['PATCH', 'PUT'])('to %s with wrong JSON is refused', async (method) => {
    await put('a');
    for (const wrong of ['', '{', '[]', 'null', '{"metadata":{"a":{}}}', '{"metadata":"x"}', '{"contentType":1}']) {
      expect((await send(method, `${OBJECTS}/a`, wrong)).status, wrong).toBe(400);
    }
    expect(await bodyOf(await get(`${OBJECTS}/a`))).toMatchObject({ metageneration: '1' });
  });

  test('to PUT replaces metadata in place', async () => {
    await put('a');
    await send('PATCH', `${OBJECTS}/a`, '{"metadata":{"n":"1"}}');
    const replaced = await bodyOf(await send('PUT', `${OBJECTS}/a`, '{"metadata":{"m":"2"},"contentType":"x/y"}'));
    expect(replaced).toMatchObject({ metageneration: '3', metadata: { m: '2' }, contentType: 'x/y' });
    expect(replaced.metadata).not.toHaveProperty('n');
  });

  test('to copy says how it went', async () => {
    await put('a', 'hello');
    const { generation } = await bodyOf(await get(`${OBJECTS}/a`));
    const rewritten = await send('POST', `${OBJECTS}/a/rewriteTo/b/bkt/o/b?sourceGeneration=${generation}`);
    expect(await bodyOf(rewritten)).toMatchObject({ done: true, objectSize: '5', resource: { name: 'b' } });
    expect(await bodyOf(await send('POST', `${OBJECTS}/a/copyTo/b/bkt/o/c`, '{}'))).toMatchObject({
      name: 'c',
      size: '5',
    });
    expect((await send('POST', `${OBJECTS}/a/copyTo/b/bkt/o/c?sourceGeneration=1`)).status).toBe(404);
    for (const verb of ['rewriteTo/b/bkt', 'copyTo/b/bkt', 'moveTo']) {
      expect((await send('POST', `${OBJECTS}/a/${verb}/o/d?ifSourceMetagenerationMatch=2`)).status, verb).toBe(412);
      expect((await send('POST', `${OBJECTS}/a/${verb}/o/d?ifSourceGenerationNotMatch=${generation}`)).status).toBe(
        304,
      );
      expect((await send('POST', `${OBJECTS}/a/${verb}/o/b?ifGenerationMatch=0`)).status, verb).toBe(412);
      expect((await send('POST', `${OBJECTS}/a/${verb}/o/${'x'.repeat(1025)}`)).status, verb).toBe(400);
    }
    expect(await bodyOf(await send('POST', `${OBJECTS}/a/moveTo/o/d`))).toMatchObject({ name: 'd' });
    expect((await get(`${OBJECTS}/a`)).status).toBe(404);
  });

  test('that is not HTTP does not disturb the others', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(storage.port, '127.0.0.1', () => socket.end('NONSENSE\r\n\r\n'));
      socket.on('close', () => resolve());
      socket.on('error', () => resolve());
      socket.resume();
    });
    expect((await get(OBJECTS)).status).toBe(200);
  });
});

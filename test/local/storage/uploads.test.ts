import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { bodyOf, OBJECTS, UPLOAD, useRawStorage } from '../../support/raw-storage.ts';

const storage = useRawStorage();
const { send, put, get } = storage;

function multipart(content: string, type = 'multipart/related; boundary=x', query = 'name=a'): Promise<Response> {
  return send('POST', `${UPLOAD}?uploadType=multipart&${query}`, content, { 'content-type': type });
}

describe('a multipart body', () => {
  const lines = [
    '--x',
    'Content-Type: application/json',
    '',
    '{"metadata":{"n":"1"}}',
    '--x',
    'Content-Type: text/x',
    '',
    'da\r\nta\n',
    '--x--',
  ];

  test.each([
    ['CRLF', lines.join('\r\n'), 'da\r\nta\n'],
    ['a bare LF', lines.join('\n'), 'da\r\nta\n'],
    ['a preamble and an epilogue', `hello\r\n${lines.join('\r\n')}\r\nbye`, 'da\r\nta\n'],
    ['single quotes around its boundary', lines.join('\n'), 'da\r\nta\n', `multipart/related; boundary='x'`],
    ['spaces behind its boundaries', lines.join('\r\n').replaceAll('--x\r\n', '--x \t\r\n'), 'da\r\nta\n'],
  ])(
    'with %s is taken apart',
    async (_name, content, data, type = 'multipart/related; boundary="x"; charset=utf-8') => {
      const made = await multipart(content, type);
      expect(made.status).toBe(200);
      expect(await bodyOf(made)).toMatchObject({ name: 'a', contentType: 'text/x', metadata: { n: '1' } });
      expect(await (await get(`${OBJECTS}/a?alt=media`)).text()).toBe(data);
    },
  );

  test.each(['\r\n', '\n'])('with empty data is an empty object (%j)', async (newline) => {
    const content = [
      '--x',
      'Content-Type: application/json',
      '',
      '{}',
      '--x',
      'Content-Type: text/x',
      '',
      '',
      '--x--',
      '',
    ];
    expect(await bodyOf(await multipart(content.join(newline)))).toMatchObject({ size: '0', contentType: 'text/x' });
  });

  test('with parts that have no headers is taken apart', async () => {
    const made = await multipart('--x\r\n\r\n{"name":"from-body"}\r\n--x\r\n\r\ndata\r\n--x--', undefined, '');
    expect(await bodyOf(made)).toMatchObject({ name: 'from-body', size: '4', contentType: 'application/octet-stream' });
  });

  test('may hold its own boundary in the middle of a line', async () => {
    const content = ['--x', 'Content-Type: application/json', '', '{}', '--x', '', 'a--x--b', '--x--'].join('\r\n');
    await multipart(content);
    expect(await (await get(`${OBJECTS}/a?alt=media`)).text()).toBe('a--x--b');
  });

  test.each([
    ['no boundary in its type', lines.join('\r\n'), 'multipart/related'],
    ['another type', lines.join('\r\n'), 'application/json'],
    ['no closing boundary', lines.slice(0, -1).join('\r\n'), undefined],
    ['one part', '--x\r\nContent-Type: application/json\r\n\r\n{}\r\n--x--', undefined],
    ['three parts', '--x\r\n\r\n{}\r\n--x\r\n\r\n1\r\n--x\r\n\r\n2\r\n--x--', undefined],
    ['no empty line in a part', '--x\r\nContent-Type: a\r\n--x\r\n\r\n1\r\n--x--', undefined],
    ['JSON that is none', lines.join('\r\n').replace('{"metadata"', '{metadata'), undefined],
    ['JSON that is no object', lines.join('\r\n').replace(/\{.*\}/, '[1]'), undefined],
    ['metadata that is no text', lines.join('\r\n').replace('"1"', '1'), undefined],
    ['nothing', '', undefined],
  ])('with %s is refused with 400', async (_name, content, type) => {
    const refused = await multipart(content, type);
    expect(refused.status).toBe(400);
    expect(await bodyOf(refused)).toMatchObject({ error: { code: 400, errors: [{ domain: 'global' }] } });
    expect((await get(`${OBJECTS}/a`)).status).toBe(404);
  });
});

describe('a resumable upload', () => {
  async function begin(query = 'name=a', init: object = {}): Promise<string> {
    const begun = await send('POST', `${UPLOAD}?uploadType=resumable&${query}`, JSON.stringify(init));
    expect(begun.status).toBe(200);
    return (begun.headers.get('location') ?? '').replace(storage.origin, '');
  }
  const KIB = 1024;
  const chunk = (path: string, content: string, range: string) =>
    send('PUT', path, content, { 'content-range': range });

  test('takes chunks, tells what has arrived, and ends with the object', async () => {
    const path = await begin('name=a', { metadata: { n: '1' }, contentType: 'text/x' });
    expect((await chunk(path, '', 'bytes */*')).headers.get('range')).toBeNull();
    const first = await chunk(path, 'x'.repeat(256 * KIB), 'bytes 0-262143/*');
    expect([first.status, first.headers.get('range')]).toEqual([308, 'bytes=0-262143']);
    const asked = await chunk(path, '', 'bytes */300000');
    expect([asked.status, asked.headers.get('range')]).toEqual([308, 'bytes=0-262143']);
    const last = await chunk(path, 'y'.repeat(300_000 - 262_144), 'bytes 262144-299999/300000');
    expect(last.status).toBe(200);
    expect(await bodyOf(last)).toMatchObject({ size: '300000', metadata: { n: '1' }, contentType: 'text/x' });
    const again = await chunk(path, '', 'bytes */300000');
    expect([again.status, (await bodyOf(again)).size]).toEqual([200, '300000']);
    expect((await (await get(`${OBJECTS}/a?alt=media`)).text()).endsWith('xy'.padEnd(37_857, 'y'))).toBe(true);
  });

  test('may be begun where gcloud begins it', async () => {
    const begun = await send('POST', `/resumable${UPLOAD}?uploadType=resumable`, '{"name":"a"}');
    expect(begun.status).toBe(200);
    const path = (begun.headers.get('location') ?? '').replace(storage.origin, '');
    expect(await bodyOf(await send('PUT', path, 'x'))).toMatchObject({ name: 'a', size: '1' });
  });

  test('takes bytes that it has already once', async () => {
    const path = await begin();
    await chunk(path, 'x'.repeat(512 * KIB), 'bytes 0-524287/*');
    const again = await chunk(path, 'x'.repeat(512 * KIB) + 'y', 'bytes 0-524288/524289');
    expect((await bodyOf(again)).size).toBe('524289');
  });

  test('can be ended by a query with the total', async () => {
    const path = await begin();
    await chunk(path, 'x'.repeat(256 * KIB), 'bytes 0-262143/*');
    expect((await bodyOf(await chunk(path, '', 'bytes */262144'))).size).toBe('262144');
  });

  test('refuses a gap, a short chunk, a range that lies and one that is nonsense', async () => {
    const path = await begin();
    for (const [content, range] of [
      ['x', 'bytes 5-5/6'],
      ['x', 'bytes 0-0/*'],
      ['x', 'bytes 0-5/6'],
      ['xx', 'bytes 0-1/1'],
      ['x', 'bites 0-0/1'],
      ['x', 'bytes */1'],
    ] as const) {
      expect((await chunk(path, content, range)).status, range).toBe(400);
    }
    expect((await chunk(path, 'x', 'bytes 0-0/1')).status).toBe(200);
  });

  test('checks its conditions again at the end', async () => {
    const path = await begin('name=a&ifGenerationMatch=0');
    await put('a', 'first');
    expect((await send('PUT', path, 'second')).status).toBe(412);
    expect(await (await get(`${OBJECTS}/a?alt=media`)).text()).toBe('first');
  });

  test('can be given up, and is unknown then', async () => {
    const path = await begin();
    expect((await send('DELETE', path)).status).toBe(499);
    expect((await send('PUT', path, 'x')).status).toBe(404);
    expect((await send('PUT', `${UPLOAD}?uploadType=resumable&upload_id=nonsense`, 'x')).status).toBe(404);
  });
});

describe('an upload', () => {
  test('by media keeps its type', async () => {
    expect(await bodyOf(await put('a', 'x', { 'content-type': 'text/html' }))).toMatchObject({
      id: expect.stringMatching(/^bkt\/a\/\d+$/),
      contentType: 'text/html',
      size: '1',
    });
  });

  test.each([
    ['no name', `${UPLOAD}?uploadType=media`],
    ['an empty name', `${UPLOAD}?uploadType=media&name=`],
    ['a name of one dot', `${UPLOAD}?uploadType=media&name=.`],
    ['a name with a line break', `${UPLOAD}?uploadType=media&name=a%0Ab`],
    ['a name of 1025 bytes', `${UPLOAD}?uploadType=media&name=${'%C3%BC'.repeat(512)}x`],
    ['no type of upload', `${UPLOAD}?name=a`],
    ['an unknown type of upload', `${UPLOAD}?uploadType=carrier-pigeon&name=a`],
    ['a condition that is no number', `${UPLOAD}?uploadType=media&name=a&ifGenerationMatch=x`],
    ['a negative condition', `${UPLOAD}?uploadType=media&name=a&ifMetagenerationNotMatch=-1`],
  ])('with %s is refused with 400', async (_name, path) => {
    expect((await send('POST', path, 'x')).status).toBe(400);
  });

  test.each(['crc32c', 'md5Hash'])('with a %s that does not fit its data is refused', async (sum) => {
    const content = ['--x', '', JSON.stringify({ [sum]: 'AAAAAA==' }), '--x', '', 'data', '--x--'].join('\r\n');
    const refused = await multipart(content);
    expect([refused.status, (await get(`${OBJECTS}/a`)).status]).toEqual([400, 404]);
  });

  test('of 1024 bytes of name is fine', async () => {
    expect((await put('ü'.repeat(512))).status).toBe(200);
  });

  test('that is too large is refused before it has arrived', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-length': String(64 * 1024 * 1024 + 1) };
      const path = `${UPLOAD}?uploadType=media&name=a`;
      const upload = request({ port: storage.port, host: '127.0.0.1', path, method: 'POST', headers });
      upload.on('response', (response) => resolve(response.statusCode));
      upload.on('error', reject);
      upload.flushHeaders();
    });
    expect(status).toBe(413);
  });

  test('that grows too large without saying so is cut off', async () => {
    const outcome = await new Promise((resolve) => {
      const path = `${UPLOAD}?uploadType=media&name=a`;
      const upload = request({ port: storage.port, host: '127.0.0.1', path, method: 'POST' });
      upload.on('response', (response) => resolve(response.statusCode));
      // The answer and the end of the connection race.
      upload.on('error', () => resolve(413));
      const piece = Buffer.alloc(1024 * 1024);
      const more = () => {
        while (!upload.destroyed && upload.write(piece));
        if (!upload.destroyed) upload.once('drain', more);
      };
      more();
    });
    expect(outcome).toBe(413);
    expect((await get(`${OBJECTS}/a`)).status).toBe(404);
  });
});

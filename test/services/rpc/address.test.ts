import { expect, test } from 'vitest';
import { parseAddress } from '../../../services/rpc/address.ts';

test.each([
  [
    'https://rec-abc-ew.a.run.app',
    { target: 'dns:rec-abc-ew.a.run.app:443', audience: 'https://rec-abc-ew.a.run.app' },
  ],
  ['https://rec.example/', { target: 'dns:rec.example:443', audience: 'https://rec.example' }],
  ['https://rec.example:80', { target: 'dns:rec.example:80', audience: 'https://rec.example:80' }],
  ['https://rec.example:8443', { target: 'dns:rec.example:8443', audience: 'https://rec.example:8443' }],
  ['HTTP://rec.internal:8080', { target: 'dns:rec.internal:8080' }],
  ['http://rec.internal', { target: 'dns:rec.internal:80' }],
  ['grpc://rec.internal:80', { target: 'dns:rec.internal:80' }],
  ['localhost:8080', { target: 'dns:localhost:8080' }],
  ['127.0.0.1:8080', { target: 'dns:127.0.0.1:8080' }],
  ['[::1]:8080', { target: 'dns:[::1]:8080' }],
])('%s is an address', (text, value) => {
  expect(parseAddress(text)).toEqual({ ok: true, value });
});

test.each([
  ['', 'an address is https://host'],
  ['ftp://rec:21', 'an address is https://host'],
  ['https://user:secret@rec.example', 'an address is https://host'],
  ['https://rec.example/path', 'has no path'],
  ['rec.internal:8080', 'an address off this machine says how'],
  ['10.0.0.1:8080', 'an address off this machine says how'],
  ['localhost', 'names its port'],
  ['grpc://rec.internal', 'names its port'],
  ['localhost:0', 'port 0'],
  ['localhost:99999', 'an address is https://host'],
])('%j is refused: %s', (text, rule) => {
  expect(parseAddress(text)).toMatchObject({ ok: false, problem: expect.stringContaining(rule) });
});

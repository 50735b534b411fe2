import { expect, test } from 'vitest';
import { redact } from '../../../queue/core/redact.ts';

const SECRETS = [
  'Authorization: Bearer abc.DEF-123_456',
  'authorization: basic dXNlcjpodW50ZXIy',
  'got ya29.a0AfH6SMBx-yz_1 from the metadata server',
  'token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl expired',
  'key AIzaSyA1234567890abcdefghijklmnopqrstuv is not allowed',
  'ghp_0123456789abcdefghij and AKIAIOSFODNN7EXAMPLE and xoxb-123456789012-abcdef',
  'connect postgres://admin:hunter2@db.internal:5432/x failed',
  'POST https://h/x?access_token=abcdef123&y=1',
  'GET https://storage/x?X-Goog-Signature=0a1b2c3d4e&X-Goog-Expires=1',
  '{"client_secret": "s3cr3t-value", "id": 1}',
  'password=hunter2; retry',
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END PRIVATE KEY-----',
];
const PARTS = /abc\.DEF|dXNlcjpodW50|ya29|eyJ|AIza|ghp_0|AKIAIO|xoxb-1|hunter2|abcdef123|0a1b2c3d4e|s3cr3t|MIIEv/;

test.each(SECRETS)('a credential is blotted out: %s', (text) => {
  const redacted = redact(text);
  expect(redacted).not.toMatch(PARTS);
  expect(redacted).toContain('[redacted]');
  expect(redact(redacted)).toBe(redacted);
});

test.each([
  'key has a control character: key="a"',
  'the bucket did not answer: key="tokens/of/love"',
  'https://example.com/a?page=2 answered 503',
  'basic arithmetic fails',
  'the bearer authentication failed',
  'at Object.<anonymous> (file:///app/token.ts:3:7)',
])('what is no credential stays: %s', (text) => {
  expect(redact(text)).toBe(text);
});

test('what is around it stays', () => {
  expect(redact('POST https://h/x?access_token=abcdef123&y=1 failed')).toBe(
    'POST https://h/x?access_token=[redacted]&y=1 failed',
  );
  expect(redact('x://u:p@host/')).toBe('x://[redacted]@host/');
});

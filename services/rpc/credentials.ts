import { type ChannelCredentials, credentials, Metadata } from '@grpc/grpc-js';
import { GoogleAuth } from 'google-auth-library';
import type { Address } from './address.ts';

/**
 * How to prove who we are to an address: nothing on plaintext, TLS and an ID token of this service's identity on `https://`.
 *
 * The token is fetched with the first call and then kept by the client until shortly before it expires. gRPC's own
 * `createFromGoogleCredential` is of no use: it reads the headers as a plain object, and since google-auth-library 10 they are a
 * `Headers`, so that it would send no token at all.
 */
export function credentialsFor(address: Address): ChannelCredentials {
  const { audience } = address;
  if (audience === undefined) return credentials.createInsecure();
  const authorization = idTokens(audience);
  const perCall = credentials.createFromMetadataGenerator((_options, done) => {
    authorization().then(
      (header) => {
        const metadata = new Metadata();
        metadata.set('authorization', header);
        done(null, metadata);
      },
      (error: unknown) => done(new Error(`no ID token for ${audience}`, { cause: error })),
    );
  });
  return credentials.combineChannelCredentials(credentials.createSsl(), perCall);
}

/** The authorization header for an audience. Calls at the same time share one fetch; a failed one is not remembered. */
function idTokens(audience: string): () => Promise<string> {
  const fetchHeader = async () => {
    client ??= await new GoogleAuth().getIdTokenClient(audience);
    const header = (await client.getRequestHeaders()).get('authorization');
    if (!header) throw new Error('the identity of this service gives no ID token');
    return header;
  };
  let client: Awaited<ReturnType<GoogleAuth['getIdTokenClient']>> | undefined;
  let pending: Promise<string> | undefined;
  return () => {
    pending ??= fetchHeader().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

import { unmet } from '../../queue/stores/conditions.ts';
import { problemOfName } from '../../queue/stores/object-name.ts';
import { parseContentRange } from './content-range.ts';
import type { EmulatorContext } from './context.ts';
import { badRequest, conditionNotMet, methodNotAllowed, notFound, tooLarge } from './errors.ts';
import { MAX_OBJECT_BYTES } from './limits.ts';
import { makeObject, parseNewObject } from './new-object.ts';
import type { Reply } from './reply.ts';
import { parseJson, type StorageRequest } from './request.ts';
import type { UploadSession } from './sessions.ts';
import type { HeldBucket } from './state.ts';

/** Every chunk but the last is a multiple of this. */
const CHUNK_BYTES = 256 * 1024;

/** Opens a session; `Location` says where its data goes. Conditions are checked here and again when the object is made. */
export function startUpload(context: EmulatorContext, bucket: HeldBucket, request: StorageRequest): Reply {
  const body = parseJson(request.body, {});
  if (!body.ok) return badRequest(body.problem, 'parseError');
  const parsed = parseNewObject(request, body.value, header(request, 'x-upload-content-type'));
  if (!parsed.ok) return badRequest(parsed.problem);
  const { name, conditions } = parsed.value;
  const problem = problemOfName(name);
  if (problem) return badRequest(problem);
  const current = bucket.objects.get(name);
  const condition = unmet(conditions, current.kind === 'ok' ? current.object : undefined);
  if (condition) return conditionNotMet(condition);
  if (Number(header(request, 'x-upload-content-length') ?? 0) > MAX_OBJECT_BYTES) return tooLarge(MAX_OBJECT_BYTES);

  const session = context.sessions.open({ ...parsed.value, bucket: bucket.properties.name });
  const path = `/upload/storage/v1/b/${encodeURIComponent(session.bucket)}/o`;
  const location = `${request.origin}${path}?uploadType=resumable&upload_id=${encodeURIComponent(session.id)}`;
  return { kind: 'empty', status: 200, headers: { location, 'x-guploader-uploadid': session.id } };
}

/** A chunk, a question about what has arrived, or the end of a session. */
export function continueUpload(
  context: EmulatorContext,
  bucket: HeldBucket,
  id: string,
  request: StorageRequest,
): Reply {
  const session = context.sessions.use(id);
  if (session === undefined || session.bucket !== bucket.properties.name) return notFound('No such upload session');
  if (request.method === 'DELETE') {
    context.sessions.drop(session);
    return { kind: 'empty', status: 499 };
  }
  if (request.method !== 'PUT' && request.method !== 'POST') return methodNotAllowed(request.method);
  if (session.finished) return session.finished;

  const range = parseContentRange(header(request, 'content-range'), request.body.length);
  if (!range.ok) return badRequest(range.problem);
  if (range.value.kind === 'status') {
    return range.value.total === session.received ? finish(context, bucket, session, request) : incomplete(session);
  }
  const { start, isLast } = range.value;
  if (start > session.received) return badRequest(`Chunk leaves a gap: received=${session.received} start=${start}`);
  // A client that did not hear what had arrived sends some of it again.
  const fresh = request.body.subarray(session.received - start);
  if (!isLast && (session.received + fresh.length) % CHUNK_BYTES !== 0) {
    return badRequest(`Chunk is not the last one and not a multiple of ${CHUNK_BYTES} bytes`);
  }
  if (session.received + fresh.length > MAX_OBJECT_BYTES) return tooLarge(MAX_OBJECT_BYTES);
  context.sessions.append(session, fresh);
  return isLast ? finish(context, bucket, session, request) : incomplete(session);
}

function finish(
  { sessions }: EmulatorContext,
  bucket: HeldBucket,
  session: UploadSession,
  { origin }: StorageRequest,
): Reply {
  const reply = makeObject(bucket, session, Buffer.concat(session.chunks), origin);
  return sessions.finish(session, reply);
}

function incomplete(session: UploadSession): Reply {
  const range = session.received > 0 ? { range: `bytes=0-${session.received - 1}` } : {};
  return { kind: 'empty', status: 308, headers: range };
}

function header(request: StorageRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

import type { EmulatorContext } from './context.ts';
import { badRequest } from './errors.ts';
import { parseMultipart } from './multipart.ts';
import { makeObject, parseNewObject } from './new-object.ts';
import type { Reply } from './reply.ts';
import { parseJson, type StorageRequest } from './request.ts';
import { continueUpload, startUpload } from './resumable.ts';
import type { HeldBucket } from './state.ts';

/** Everything below `/upload`. */
export function upload(context: EmulatorContext, bucket: HeldBucket, request: StorageRequest): Reply {
  const { method, query } = request;
  const uploadId = query.get('upload_id');
  if (uploadId !== null) return continueUpload(context, bucket, uploadId, request);
  if (method !== 'POST') return badRequest(`An upload begins with POST, not ${method}`);
  switch (query.get('uploadType')) {
    case 'media':
      return uploadMedia(bucket, request);
    case 'multipart':
      return uploadMultipart(bucket, request);
    case 'resumable':
      return startUpload(context, bucket, request);
    default:
      return badRequest('uploadType must be "media", "multipart" or "resumable"');
  }
}

function uploadMedia(bucket: HeldBucket, request: StorageRequest): Reply {
  const parsed = parseNewObject(request, {}, request.headers['content-type']);
  return parsed.ok ? makeObject(bucket, parsed.value, request.body, request.origin) : badRequest(parsed.problem);
}

function uploadMultipart(bucket: HeldBucket, request: StorageRequest): Reply {
  const parts = parseMultipart(request.body, request.headers['content-type']);
  if (!parts.ok) return badRequest(parts.problem);
  const [resource, media, ...rest] = parts.value;
  if (!resource || !media || rest.length > 0) return badRequest('A multipart upload has two parts: resource and data');
  const body = parseJson(resource.body, {});
  if (!body.ok) return badRequest(body.problem, 'parseError');
  const parsed = parseNewObject(request, body.value, media.contentType);
  return parsed.ok ? makeObject(bucket, parsed.value, media.body, request.origin) : badRequest(parsed.problem);
}

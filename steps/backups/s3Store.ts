import type { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { BackupSettings, S3Place } from "../../rules/backups/backupSettings";
import { explainS3Failure } from "../../rules/backups/s3Failure";
import type { BackupStore } from "./backupStore";
import { watchedBody } from "./watchedBody";

/** Of 10,000 parts at most: files of up to 640 GB. Two of them are in memory. */
const PART_BYTES = 64 * 1024 * 1024;
const MAX_ATTEMPTS = 5;
const CONNECTION_MILLISECONDS = 10_000;
/** For a part and its answer, or the next bytes of what is read: a store that says nothing must hold nobody for ever. */
const SILENCE_MILLISECONDS = 600_000;

/**
 * Backups in an S3-compatible store, below `<prefix>/<stack>/`. Credentials come from where every AWS client looks.
 *
 * @param silenceMilliseconds after which a request without an answer has failed, and is made again, five times at most.
 */
export function openS3Store(
  settings: Pick<BackupSettings, "endpoint" | "region">,
  { bucket, prefix }: S3Place,
  stack: string,
  silenceMilliseconds = SILENCE_MILLISECONDS,
): BackupStore {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  const endpoint = settings.endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL ?? null;
  const client = createClient(settings, endpoint !== null, silenceMilliseconds);
  const start = [prefix, stack, ""].filter((part, index) => part !== "" || index === 2).join("/");
  const at = (file: string) => ({ Bucket: bucket, Key: start + file });
  const nameOf = (file: string) => `s3://${bucket}/${start}${file}`;
  const explained = (error: unknown, doing: string) =>
    new Error(explainS3Failure(error, doing, { bucket, endpoint }), { cause: error });
  const ask = async <T>(doing: string, action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw explained(error, doing);
    }
  };
  return {
    nameOf,
    write: async (file, content) => {
      const params = { ...at(file), Body: content };
      try {
        // An upload that fails is taken back: parts of it would be paid for.
        const upload = new Upload({ client, params, partSize: PART_BYTES, queueSize: 1 });
        // Any web server may say that all is well; a store names what it has kept.
        if (!(await upload.done()).ETag) throw new Error("its answer has no ETag");
      } catch (error) {
        // Whoever makes what is written has said what is wrong with it.
        throw error === content.errored ? error : explained(error, `write ${nameOf(file)}`);
      }
    },
    read: async (file) => {
      const doing = `read ${nameOf(file)}`;
      const found = await ask(doing, async () => {
        try {
          return await client.send(new GetObjectCommand(at(file)));
        } catch (error) {
          if (error instanceof NoSuchKey) return null;
          throw error;
        }
      });
      if (found === null) return null;
      const explain = (error: unknown) => explained(error, doing);
      return watchedBody(found.Body as Readable, silenceMilliseconds, explain);
    },
    list: () => ask(`list ${nameOf("")}`, () => listFiles(client, bucket, start)),
    remove: async (file) => {
      await ask(`remove ${nameOf(file)}`, () => client.send(new DeleteObjectCommand(at(file))));
    },
    removeTorn: (before) =>
      ask(`list uploads to ${nameOf("")}`, () => abortUploads(client, bucket, start, before)),
  };
}

function createClient(
  { endpoint, region }: Pick<BackupSettings, "endpoint" | "region">,
  isElsewhere: boolean,
  requestTimeout: number,
): S3Client {
  // Which Node.js runs here is the project's business; the SDK would say so in every command's output.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  return new S3Client({
    // Other servers mostly have no regions; the client wants one.
    ...(region === undefined && endpoint === undefined ? {} : { region: region ?? "us-east-1" }),
    // They know buckets by path alone, and not all of them the newer checksums.
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: isElsewhere,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECTION_MILLISECONDS,
      requestTimeout,
      throwOnRequestTimeout: true,
    },
  });
}

async function listFiles(client: S3Client, bucket: string, start: string): Promise<string[]> {
  const files: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        ...{ Bucket: bucket, Prefix: start },
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    files.push(...(page.Contents ?? []).map(({ Key = "" }) => Key.slice(start.length)));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return files;
}

async function abortUploads(
  client: S3Client,
  bucket: string,
  start: string,
  before: Date,
): Promise<void> {
  let page: ListMultipartUploadsCommandOutput | undefined;
  do {
    const from: Partial<ListMultipartUploadsCommandInput> = {
      ...(page?.NextKeyMarker === undefined ? {} : { KeyMarker: page.NextKeyMarker }),
      ...(page?.NextUploadIdMarker === undefined
        ? {}
        : { UploadIdMarker: page.NextUploadIdMarker }),
    };
    page = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: start, ...from }),
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Initiated === undefined || Initiated >= before) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    }
  } while (page.IsTruncated === true);
}

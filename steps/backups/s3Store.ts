import type { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { BackupSettings, S3Place } from "../../rules/backups/backupSettings";
import type { BackupStore } from "./backupStore";

/** Of 10,000 parts at most: files of up to 640 GB. Two of them are in memory. */
const PART_BYTES = 64 * 1024 * 1024;
const MAX_ATTEMPTS = 5;

/** Backups in an S3-compatible store, below `<prefix>/<stack>/`. Credentials come from where every AWS client looks. */
export function openS3Store(
  { endpoint, region }: BackupSettings,
  { bucket, prefix }: S3Place,
  stack: string,
): BackupStore {
  // Which Node.js runs here is the project's business; the SDK would say so in every command's output.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const client = new S3Client({
    // Other servers mostly have no regions; the client wants one.
    ...(region === undefined && endpoint === undefined ? {} : { region: region ?? "us-east-1" }),
    // They know buckets by path alone, and not all of them the newer checksums.
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: endpoint !== undefined || process.env["AWS_ENDPOINT_URL"] !== undefined,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: MAX_ATTEMPTS,
  });
  const start = [prefix, stack, ""].filter((part, index) => part !== "" || index === 2).join("/");
  const at = (file: string) => ({ Bucket: bucket, Key: start + file });
  return {
    nameOf: (file) => `s3://${bucket}/${start}${file}`,
    write: async (file, content) => {
      const params = { ...at(file), Body: content };
      // An upload that fails is taken back: parts of it would be paid for.
      await new Upload({ client, params, partSize: PART_BYTES, queueSize: 1 }).done();
    },
    read: async (file) => {
      try {
        return (await client.send(new GetObjectCommand(at(file)))).Body as Readable;
      } catch (error) {
        if (error instanceof NoSuchKey) return null;
        throw error;
      }
    },
    list: async () => {
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
    },
    remove: async (file) => {
      await client.send(new DeleteObjectCommand(at(file)));
    },
  };
}

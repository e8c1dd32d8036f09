/**
 * gRPC server reflection: the services of this port and the files that define them, so that buf
 * curl, grpcurl and their like need no schema. It answers from the generated descriptors alone.
 * Streams are counted, and end when nobody asks anything on them.
 */
import {
  create,
  createRegistry,
  type DescFile,
  type DescService,
  type MessageInitShape,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import {
  type ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from "../gen/grpc/reflection/v1/reflection_pb.js";
import { callerAddress } from "./client-address.js";
import { createSilence } from "./silence.js";
import type { Slots } from "./slots.js";

export interface ReflectionOptions {
  readonly services: readonly DescService[];
  readonly slots: Pick<Slots, "take">;
  /** A stream without a question for so long ends. */
  readonly idleMs: number;
}

export function createReflectionService({
  services,
  slots,
  idleMs,
}: ReflectionOptions): ServiceImpl<typeof ServerReflection> {
  const files = new Map<string, DescFile>();
  for (const service of services) collectFiles(service.file, files);
  const registry = createRegistry(...files.values());

  function answer(request: ServerReflectionRequest): ResponseCase {
    const { messageRequest: asked } = request;
    switch (asked.case) {
      case "listServices": {
        const service = services.map(({ typeName }) => ({ name: typeName }));
        return { case: "listServicesResponse", value: { service } };
      }
      case "fileByFilename":
        return fileResponse(files.get(asked.value), `no file "${asked.value}"`);
      case "fileContainingSymbol": {
        const file = fileOfSymbol(registry, asked.value);
        return fileResponse(file, `no symbol "${asked.value}"`);
      }
      case "fileContainingExtension":
        return notFound("this server defines no extensions");
      case "allExtensionNumbersOfType":
        return {
          case: "allExtensionNumbersResponse",
          value: { baseTypeName: asked.value, extensionNumber: [] },
        };
      default:
        return {
          case: "errorResponse",
          value: { errorCode: Code.InvalidArgument, errorMessage: "nothing was asked" },
        };
    }
  }

  return {
    async *serverReflectionInfo(requests, { signal, values }) {
      const free = slots.take(values.get(callerAddress));
      const silence = createSilence(idleMs, signal);
      const asked = requests[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await silence.before(asked.next());
          if (next.done === true) return;
          silence.broken();
          yield create(ServerReflectionResponseSchema, {
            validHost: next.value.host,
            originalRequest: next.value,
            messageResponse: answer(next.value),
          });
        }
      } finally {
        silence.end();
        free();
      }
    },
  };
}

type ResponseCase = NonNullable<
  MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]
>;

function collectFiles(file: DescFile, files: Map<string, DescFile>): void {
  if (files.has(file.proto.name)) return;
  files.set(file.proto.name, file);
  for (const dependency of file.dependencies) collectFiles(dependency, files);
}

/** A symbol is a service, message or enum, or a method or field of one. */
function fileOfSymbol(registry: Registry, symbol: string): DescFile | undefined {
  const whole = registry.get(symbol);
  if (whole !== undefined) return whole.file;
  const dot = symbol.lastIndexOf(".");
  const owner = registry.get(symbol.slice(0, Math.max(0, dot)));
  const name = symbol.slice(dot + 1);
  if (owner?.kind === "service" && owner.methods.some((method) => method.name === name)) {
    return owner.file;
  }
  if (owner?.kind === "message" && owner.fields.some((field) => field.name === name)) {
    return owner.file;
  }
  return undefined;
}

/** The file and all it needs; clients keep what they already have. */
function fileResponse(file: DescFile | undefined, absent: string): ResponseCase {
  if (file === undefined) return notFound(absent);
  const needed = new Map<string, DescFile>();
  collectFiles(file, needed);
  const fileDescriptorProto = [...needed.values()].map(({ proto }) =>
    toBinary(FileDescriptorProtoSchema, proto),
  );
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function notFound(errorMessage: string): ResponseCase {
  return { case: "errorResponse", value: { errorCode: Code.NotFound, errorMessage } };
}

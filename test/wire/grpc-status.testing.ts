/**
 * What a gRPC error carries in `grpc-status-details-bin`: a google.rpc.Status, read here by its
 * field numbers, as no file of this checkout defines it.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { type Any, AnySchema, anyUnpack } from "@bufbuild/protobuf/wkt";
import { type ErrorInfo, ErrorInfoSchema } from "../../gen/zabble/v1/error_pb.js";

export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Any[];
}

export function decodeStatus(bytes: Uint8Array): RpcStatus {
  const reader = new BinaryReader(bytes);
  let code = 0;
  let message = "";
  const details: Any[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) code = reader.int32();
    else if (field === 2) message = reader.string();
    else if (field === 3) details.push(fromBinary(AnySchema, reader.bytes()));
    else reader.skip(wireType);
  }
  return { code, message, details };
}

/** Zabble's explanation among the details, if there is one. */
export function infoIn({ details }: RpcStatus): ErrorInfo | undefined {
  return details
    .map((detail) => anyUnpack(detail, ErrorInfoSchema))
    .find((info) => info !== undefined);
}

// Proves that tools without a schema can find and call the services: the descriptors are complete
// enough to build messages from, and buf curl itself can use them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { create, createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
} from "../gen/grpc/reflection/v1/reflection_pb.js";
import { startServer } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 30_000 };

type Asked = ServerReflectionRequest["messageRequest"];

async function ask(
  url: string,
  ...asked: readonly Asked[]
): Promise<ServerReflectionResponse["messageResponse"][]> {
  const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: url }));
  async function* requests(): AsyncIterable<ServerReflectionRequest> {
    for (const messageRequest of asked) {
      yield create(ServerReflectionRequestSchema, { host: "h", messageRequest });
    }
  }
  const answers: ServerReflectionResponse["messageResponse"][] = [];
  for await (const response of client.serverReflectionInfo(requests())) {
    assert.equal(response.validHost, "h");
    answers.push(response.messageResponse);
  }
  return answers;
}

function filesIn(answer: ServerReflectionResponse["messageResponse"]): FileDescriptorProto[] {
  assert.ok(answer.case === "fileDescriptorResponse", answer.case);
  return answer.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}

test("it lists the services of this port, and no peer service", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const [list] = await ask(url, { case: "listServices", value: "" });
  assert.ok(list?.case === "listServicesResponse");
  assert.deepEqual(list.value.service.map(({ name }) => name).sort(), [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "zabble.v1.AdminService",
    "zabble.v1.ClusterService",
    "zabble.v1.GameService",
  ]);
});

test("every kind of symbol leads to its file and all that it needs", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  for (const symbol of [
    "zabble.v1.GameService",
    "zabble.v1.GameService.Watch",
    "zabble.v1.Room",
    "zabble.v1.Room.guesses",
    "zabble.v1.Consistency",
  ]) {
    const [answer] = await ask(url, { case: "fileContainingSymbol", value: symbol });
    assert.ok(answer !== undefined);
    const file = filesIn(answer);
    assert.equal(file[0]?.name, "zabble/v1/game.proto", symbol);
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: file.reverse() }));
    const service = registry.getService("zabble.v1.GameService");
    assert.equal(service?.method.watch?.output.typeName, "zabble.v1.WatchResponse");
  }
});

test("files are found by name; what is not there is not_found", TIMEOUT, async (context) => {
  const { url } = await startServer(context);
  const [file, noFile, noSymbol, none] = await ask(
    url,
    { case: "fileByFilename", value: "zabble/v1/error.proto" },
    { case: "fileByFilename", value: "zabble/v1/peer.proto" },
    { case: "fileContainingSymbol", value: "zabble.v1.GameService.Nothing" },
    { case: undefined },
  );
  assert.ok(file !== undefined);
  assert.equal(filesIn(file)[0]?.name, "zabble/v1/error.proto");
  for (const answer of [noFile, noSymbol]) {
    assert.ok(answer?.case === "errorResponse");
    assert.equal(answer.value.errorCode, 5);
  }
  assert.equal(none?.case, "errorResponse");
});

test("buf curl calls a method without any schema", TIMEOUT, async (context) => {
  const { url, replica } = await startServer(context);
  const call = ["--http2-prior-knowledge", "-d", '{"player":"ada","value":7}'];
  const method = `${url}/zabble.v1.GameService/SetTarget`;
  const { stdout } = await promisify(execFile)("node_modules/.bin/buf", ["curl", ...call, method]);
  assert.match(stdout, /"round": 1/);
  assert.equal(replica.game().rooms.get("lobby")?.target, 7);
});

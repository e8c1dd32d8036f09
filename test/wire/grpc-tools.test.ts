// Proves that what gRPC tools ask before any call is answered to the official client: health, also
// through an election, and reflection that is enough to make a call without a schema.
import assert from "node:assert/strict";
import test from "node:test";
import {
  create,
  createFileRegistry,
  type DescMethodUnary,
  fromBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import * as grpc from "@grpc/grpc-js";
import {
  Health,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../gen/grpc/health/v1/health_pb.js";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "../../gen/grpc/reflection/v1/reflection_pb.js";
import { GameService } from "../../gen/zabble/v1/game_pb.js";
import { type GrpcClient, openGrpc } from "./grpc-js.testing.js";
import { type Case, inEachPlace, newRoom, startPlaces } from "./places.testing.js";

const GAME = GameService.typeName;

const checking: Case = async (t, place) => {
  const client = openGrpc(t, place);
  for (const service of ["", GAME, Health.typeName]) {
    const answer = await client.unary(Health.method.check, { service });
    assert.ok(answer.kind === "ok");
    assert.equal(answer.value.status, Serving.SERVING, service);
  }
  const unknown = await client.unary(Health.method.check, { service: "zabble.v1.PeerService" });
  assert.ok(unknown.kind === "error");
  assert.equal(unknown.code, grpc.status.NOT_FOUND);
  const watched = client.serverStream(Health.method.watch, { service: "zabble.v1.PeerService" });
  assert.equal((await watched.next()).status, Serving.SERVICE_UNKNOWN);
  watched.cancel();
};

type Asked = ServerReflectionRequest["messageRequest"];
type Answered = ServerReflectionResponse["messageResponse"];

/** All on one stream; what was asked is answered in order. */
async function reflect(client: GrpcClient, ...asked: readonly Asked[]): Promise<Answered[]> {
  const stream = client.bidi(ServerReflection.method.serverReflectionInfo);
  const answers: Answered[] = [];
  for (const messageRequest of asked) {
    stream.send({ messageRequest });
    answers.push((await stream.next()).messageResponse);
  }
  stream.halfClose();
  assert.equal((await stream.over).code, grpc.status.OK);
  return answers;
}

/** A unary method out of the files that a server sent, and nothing of ours. */
function methodIn(answer: Answered | undefined, name: string): DescMethodUnary {
  assert.ok(answer?.case === "fileDescriptorResponse", answer?.case);
  const files = answer.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
  // What a file needs comes after it; a registry wants it the other way.
  const set = create(FileDescriptorSetSchema, { file: files.reverse() });
  const service = createFileRegistry(set).getService(GAME);
  const found = service?.methods.find((method) => method.name === name);
  assert.ok(found?.methodKind === "unary", `${name} of ${service?.typeName}`);
  return { ...found, methodKind: "unary" };
}

const reflecting: Case = async (t, place) => {
  const client = openGrpc(t, place);
  const [list, file, absent] = await reflect(
    client,
    { case: "listServices", value: "" },
    { case: "fileContainingSymbol", value: GAME },
    { case: "fileContainingSymbol", value: "zabble.v1.PeerService" },
  );
  assert.ok(list?.case === "listServicesResponse");
  const names = list.value.service.map(({ name }) => name);
  assert.ok([GAME, Health.typeName, ServerReflection.typeName].every((n) => names.includes(n)));
  assert.ok(absent?.case === "errorResponse");
  assert.equal(absent.value.errorCode, grpc.status.NOT_FOUND);

  const room = newRoom();
  const set = methodIn(file, "SetTarget");
  const answer = await client.unary(set, { room, player: "ann", value: 50 });
  assert.ok(answer.kind === "ok");
  assert.match(JSON.stringify(toJson(set.output, answer.value)), /^\{"zxid":"\d+","round":1\}$/);
};

test("tools find out what they can call", { timeout: 60_000 }, async (t) => {
  const places = await startPlaces(t);
  await inEachPlace(t, places, {
    "health is told of every service": checking,
    "a call needs nothing but reflection": reflecting,
  });
  const quorum = "a health watch follows the loss of the quorum and its return";
  await t.test(quorum, { timeout: 15_000 }, async (each) => {
    const { cluster, follower } = places;
    const watches = places.all.map((place) =>
      openGrpc(each, place).serverStream(Health.method.watch, { service: GAME }),
    );
    const told = (status: Serving): Promise<unknown> => {
      const isTold = (said: HealthCheckResponse) => said.status === status || undefined;
      return Promise.all(watches.map((watch) => watch.until(isTold)));
    };
    await told(Serving.SERVING);
    await Promise.all(cluster.others(follower.id).map((node) => node.kill()));
    await told(Serving.NOT_SERVING);
    for (const node of cluster.others(follower.id)) node.start();
    await told(Serving.SERVING);
    for (const watch of watches) watch.cancel();
  });
});

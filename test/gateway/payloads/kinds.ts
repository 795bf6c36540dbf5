// A message with every kind of field that ProtoJSON has a rule for.
import assert from 'node:assert/strict'
import { createCatalog } from '../../../gateway/payloads/catalog.ts'
import { mergeImages } from '../../../gateway/payloads/descriptors.ts'
import type { MessageType } from '../../../gateway/payloads/message-type.ts'
import { buildImage } from '../../support/images.ts'

const proto = `
syntax = "proto3";
package kinds.v1;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 1; COLOUR_BLUE = -2; }
message Inner { string name = 1; Inner inner = 2; }
message Kinds {
  int32 i32 = 1; int64 i64 = 2; uint32 u32 = 3; uint64 u64 = 4; sint64 s64 = 5; fixed64 f64 = 6;
  float f = 7; double d = 8; bool b = 9; string s = 10; bytes raw = 11; Colour colour = 12;
  optional int32 maybe = 13; repeated int64 list = 14; repeated Inner inners = 15;
  map<string, Inner> by_name = 16; map<int32, string> by_number = 17; map<bool, Colour> by_truth = 18;
  oneof choice { string text = 19; int64 number = 20; Inner message = 21; google.protobuf.NullValue nothing = 22; }
  google.protobuf.Timestamp time = 23; google.protobuf.Duration lasts = 24; google.protobuf.FieldMask mask = 25;
  google.protobuf.Struct struct = 26; google.protobuf.Value value = 27; google.protobuf.ListValue values = 28;
  google.protobuf.Int64Value boxed = 29; google.protobuf.BoolValue flag = 30; google.protobuf.Any any = 31;
  string snake_case_name = 32; string renamed = 33 [json_name = "otherName"];
}
`

export const image: Buffer = buildImage({ 'kinds/v1/kinds.proto': proto })

export function kinds(): MessageType {
  const merged = mergeImages([{ name: 'kinds', bytes: image }])
  assert.ok(typeof merged !== 'string')
  const catalog = createCatalog(merged, ['kinds.v1.Kinds'])
  assert.ok(typeof catalog !== 'string')
  return catalog.find('kinds.v1.Kinds') ?? assert.fail()
}

/// The binary protocol: frames, and what stands in them. Pure: bytes in, domain words out.
///
/// Read [norikv.wire.Frame], then [norikv.wire.FrameReader], then [norikv.wire.RequestCodec] with
/// [norikv.wire.ReplyCodec]. The same in prose, for writers of clients: `wire/frames.md`,
/// `wire/requests.md`, `wire/errors.md`.
package norikv.wire;

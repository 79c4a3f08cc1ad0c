/* Frames on the wire: END content END, with END, ESCAPE and the emergency byte escaped inside. PROTOCOL.md is the contract. */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stdint.h>

/* Escaped twice over it is 124 bytes, with its ends 126: a frame never exceeds 128. */
#define LARGEST_CONTENT 62
#define CRC_LENGTH 4

uint32_t crc32(const uint8_t *bytes, uint8_t length);

struct frame
{
  uint8_t length; /* without the CRC */
  uint8_t content[LARGEST_CONTENT];
};

enum received
{
  RECEIVED_NOTHING,
  RECEIVED_FRAME, /* its CRC is right */
  RECEIVED_GARBAGE
};

/* Takes one byte; total: any sequence of bytes is frames, garbage or nothing. */
enum received frame_take(struct frame *frame, uint8_t byte);

/* Sends content and CRC; false (and nothing sent) when the line is too far behind. */
bool frame_send(const struct frame *frame);

uint16_t get_u16(const uint8_t *at);
uint32_t get_u32(const uint8_t *at);
void add_u8(struct frame *frame, uint8_t value);
void add_u16(struct frame *frame, uint16_t value);
void add_u32(struct frame *frame, uint32_t value);
void add_u64(struct frame *frame, uint64_t value);

#endif

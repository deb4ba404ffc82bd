package io.redisstate.cache.entry;

import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Deflate without a header. */
final class DeflateCompression implements Compression {

    @Override
    public byte id() {
        return 1;
    }

    @Override
    public byte[] compress(byte[] data) {
        Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
        try {
            deflater.setInput(data);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream(data.length / 2 + 64);
            byte[] buffer = new byte[8_192];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }

    @Override
    public byte[] decompress(byte[] data, int offset, int length, int size) {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(data, offset, length);
            byte[] result = new byte[size];
            int done = 0;
            while (done < size) {
                int more = inflater.inflate(result, done, size - done);
                if (more == 0) {
                    throw new IllegalArgumentException("Compressed data ends after " + done + " of " + size + " bytes");
                }
                done += more;
            }
            return result;
        } catch (DataFormatException ex) {
            throw new IllegalArgumentException("This is no deflated data", ex);
        } finally {
            inflater.end();
        }
    }
}

"""Writes the files of this folder with the packages of others: pip install gguf==0.19.0 safetensors==0.8.0 numpy. Random numbers only."""

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type, TokenType, quants
from safetensors.numpy import save_file


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


# Where blocks that gguf cannot make have halves; all other bytes of them are random.
halves = {
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0],
}
plain = ["F32", "F16", "BF16"]
made = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "MXFP4", "TQ1_0", "TQ2_0"]


def random_blocks(random, name, rows, columns):
    block, size = gguf.GGML_QUANT_SIZES[Type[name]]
    blocks = random.integers(0, 256, (rows * columns // block, size), dtype=np.uint8)
    for place in halves[name]:
        scales = random.standard_normal((len(blocks), 1)).astype(np.float16)
        blocks[:, place : place + 2] = scales.view(np.uint8)
    return blocks.reshape(rows, -1)


def formats():
    """Each type, [2, 256], beside what gguf says that it stands for; values of every kind."""
    random = np.random.default_rng(7)
    file = gguf.GGUFWriter("formats.gguf", "none")
    file.add_string("text", "caf\u00e9 \U0001f600")
    file.add_uint8("u8", 200)
    file.add_int8("i8", -5)
    file.add_uint16("u16", 65535)
    file.add_int16("i16", -2)
    file.add_uint32("u32", 2**32 - 1)
    file.add_int32("i32", -1)
    file.add_uint64("u64", 2**63)
    file.add_int64("i64", -3)
    file.add_float32("f32", 0.5)
    file.add_float64("f64", 1.5)
    file.add_bool("bool", True)
    file.add_array("numbers", [1, 2, 3])
    file.add_array("texts", ["a", "", "b"])
    numbers = random.standard_normal((2, 256)).astype(np.float32)
    for name in plain + made + list(halves):
        kind = Type[name]
        coded = quants.quantize(numbers, kind) if name in plain + made else random_blocks(random, name, 2, 256)
        file.add_tensor(name, coded, raw_dtype=kind)
        file.add_tensor(f"{name} decoded", quants.dequantize(coded, kind).astype(np.float32))
    finish(file)


pieces = ["\u2581", *"etaoinshrdlucmfwypvbgkqjxz", "\u2581t", "he", "\u2581the", "in", "an", "\u2581a", "er", "re", "on", "nd"]
pieces += ["\u2581and", "ing", "the", "and", "ed", "ou", "or", "at", "en", "it", "es", "\u2581s", "\u2581w", "\u2581of", "of", "\u00e9", "."]


def tokens(file):
    """Pieces of SentencePiece, and a token for each byte."""
    listed = [(b"<unk>", TokenType.UNKNOWN, 0), (b"<s>", TokenType.CONTROL, 0), (b"</s>", TokenType.CONTROL, 0)]
    listed += [(f"<0x{byte:02X}>".encode(), TokenType.BYTE, 0) for byte in range(256)]
    listed += [(piece.encode(), TokenType.NORMAL, -at) for at, piece in enumerate(pieces)]
    texts, kinds, scores = zip(*listed)
    file.add_vocab_size(len(texts))
    file.add_tokenizer_model("llama")
    file.add_tokenizer_pre("default")
    file.add_token_list(list(texts))
    file.add_token_scores([float(score) for score in scores])
    file.add_token_types(list(kinds))
    file.add_bos_token_id(1)
    file.add_eos_token_id(2)
    file.add_unk_token_id(0)
    file.add_add_bos_token(True)
    file.add_add_eos_token(False)
    file.add_add_space_prefix(True)
    return len(texts)


def tiny_llama(width=32, layers=2, heads=4, shared=2, hidden=64):
    """A model of the form of Llama that has learned nothing, in Q8_0."""
    random = np.random.default_rng(11)
    file = gguf.GGUFWriter("tiny-llama.gguf", "llama")
    file.add_block_count(layers)
    file.add_context_length(128)
    file.add_embedding_length(width)
    file.add_feed_forward_length(hidden)
    file.add_head_count(heads)
    file.add_head_count_kv(shared)
    file.add_layer_norm_rms_eps(1e-5)
    file.add_rope_freq_base(10000.0)
    file.add_rope_dimension_count(width // heads)
    words = tokens(file)

    def norm(name):
        file.add_tensor(f"{name}.weight", (1 + 0.1 * random.standard_normal(width)).astype(np.float32))

    def weights(name, rows, columns, scale=1.0):
        numbers = (random.standard_normal((rows, columns)) * scale / np.sqrt(columns)).astype(np.float32)
        file.add_tensor(f"{name}.weight", quants.quantize(numbers, Type.Q8_0), raw_dtype=Type.Q8_0)

    weights("token_embd", words, width, np.sqrt(width))
    for layer in range(layers):
        of = f"blk.{layer}"
        norm(f"{of}.attn_norm")
        weights(f"{of}.attn_q", width, width, 2)
        weights(f"{of}.attn_k", width // heads * shared, width, 2)
        weights(f"{of}.attn_v", width // heads * shared, width)
        weights(f"{of}.attn_output", width, width)
        norm(f"{of}.ffn_norm")
        weights(f"{of}.ffn_gate", hidden, width)
        weights(f"{of}.ffn_up", hidden, width)
        weights(f"{of}.ffn_down", width, hidden)
    file.add_tensor("rope_freqs.weight", np.linspace(1, 3, width // heads // 2).astype(np.float32))
    norm("output_norm")
    weights("output", words, width, 6)
    finish(file)


def few_tensors():
    """Numbers of several dtypes, and metadata."""
    save_file(
        {
            "floats": np.array([[1.5, -2], [np.inf, 0.1]], np.float32),
            "halves": np.array([0.1, 65504], np.float16),
            "doubles": np.array([0.1], np.float64),
            "longs": np.array([-(2**31), 2**31 - 1], np.int64),
            "bytes": np.array([0, 255], np.uint8),
            "yes": np.array([[True, False, True]]),
            "one": np.array(7, np.int32),
        },
        "few.safetensors",
        {"made": "by safetensors"},
    )


formats()
tiny_llama()
few_tensors()

use super::decrypt;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap())
        .collect()
}

#[test]
fn the_examples_of_rfc_3962_appendix_b_come_out() {
    let text = b"I would like the General Gau's Chicken, please, and wonton soup.";
    let examples = [
        (17, "c6353568f2bf8cb4d8a580362da7ff7f97"),
        (
            31,
            "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5",
        ),
        (
            32,
            "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584",
        ),
        (
            47,
            "97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e\
             39312523a78662d5be7fcbcc98ebf5",
        ),
        (
            48,
            "97687268d6ecccc0c07b25e25ecfe5849dad8bbb96c4cdc03bc103e1a194bbd8\
             39312523a78662d5be7fcbcc98ebf5a8",
        ),
        (
            64,
            "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a8\
             4807efe836ee89a526730dbc2f7bc8409dad8bbb96c4cdc03bc103e1a194bbd8",
        ),
    ];
    for (length, cipher) in examples {
        let plain = decrypt(b"chicken teriyaki", &bytes(cipher)).unwrap();
        assert_eq!(plain, text[..length], "{length} bytes");
    }
}

#[test]
fn less_than_a_block_or_a_key_of_another_size_gives_nothing() {
    assert_eq!(decrypt(&[0; 16], &[0; 15]), None);
    assert_eq!(decrypt(&[0; 24], &[0; 32]), None);
}

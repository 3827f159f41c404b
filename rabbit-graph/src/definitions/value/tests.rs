use super::*;

#[test]
fn the_later_of_two_equal_names_stays() {
    let table = Table::new(vec![
        ("b".into(), Value::Integer(1)),
        ("a".into(), Value::Null),
        ("b".into(), Value::Integer(2)),
    ]);
    assert_eq!(table.len(), 2);
    assert_eq!(table.integer("b"), Some(2));
    assert_eq!(
        table.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["a", "b"]
    );
}

#[test]
fn whole_floats_do_not_look_like_integers() {
    assert_eq!(Value::Float(1.0).to_string(), "1.0");
    assert_eq!(Value::Integer(1).to_string(), "1");
}

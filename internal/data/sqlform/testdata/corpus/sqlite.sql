select [a b], `c d`, "e", 'it''s', x'1F', ?, ?1, :a, @b, $c from t where a glob 'x*' and b = 1;
create table if not exists t (a integer primary key autoincrement, b text collate nocase) without rowid;
insert or replace into t (a) values (1);
pragma foreign_keys = on;
select a ->> '$.x', a || b, a << 2 from t indexed by i;

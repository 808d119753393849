select a::int, b ilike 'x%', c || d, "e" from t where f = $1;
create table t (a int encode zstd, b varchar(10)) distkey (a) sortkey (a, b);

select a:b.c::string, $1, $$raw 'text'$$, 'it\'s' from t, lateral flatten(input => a:items) f
where b = 1;
select a from t qualify row_number() over (partition by a order by b) = 1;

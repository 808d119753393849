select q'[it's]', nq'{a}', a, :b, t.c(+), n'x' from t, dual where rownum < 10 and a = b(+) connect by prior a = b start with a is null;
select /*+ INDEX(t i) */ a from v$session minus select b from sys.x;
insert all into a (x) values (1) into b (y) values (2) select * from dual;
select listagg(a, ',') within group (order by b) from t;
